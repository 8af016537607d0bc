"""The version of nnfs, which its files and errors name."""

__version__ = "0.1.0"
