"""Measure one training step of the ten networks beside PyTorch: ``nnfs bench --table step``, with its options."""

import sys

from nnfs.cli import main

if __name__ == "__main__":
    sys.exit(main(["bench", "--table", "step", *sys.argv[1:]]))
