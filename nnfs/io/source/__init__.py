"""Networks as source text: what `nnfs.io.c` and `nnfs.io.python` share."""
