"""nnfs."""
