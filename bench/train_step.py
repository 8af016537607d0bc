"""Measure one training step of ten networks beside PyTorch. The options are those of ``nnfs bench``."""

import sys

from nnfs.cli import main

if __name__ == "__main__":
    sys.exit(main(["bench", "--table", "step", *sys.argv[1:]]))
