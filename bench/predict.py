"""Measure predictions of 64 samples and of 1, beside PyTorch and onnxruntime, with the options of ``nnfs bench``."""

import sys

from nnfs.cli import main

if __name__ == "__main__":
    sys.exit(main(["bench", "--table", "batch", "--table", "sample", *sys.argv[1:]]))
