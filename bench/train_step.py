"""Measure one training step of seventeen networks beside PyTorch, with the options of ``nnfs bench``."""

import sys

from nnfs.cli import main

if __name__ == "__main__":
    sys.exit(main(["bench", "--table", "step", "--table", "recent", *sys.argv[1:]]))
