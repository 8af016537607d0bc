"""The version of nnfs, which saved files and error messages name."""

__version__ = "0.1.0"
