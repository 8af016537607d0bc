"""The endings of files: what is written is never given the ending of another format."""

from __future__ import annotations

import os

FORMATS = {
    ".safetensors": "safetensors, which nnfs.save writes",
    ".onnx": "ONNX, which nnfs.io.onnx.save writes",
    ".h5": "HDF5",
    ".hdf5": "HDF5",
    ".keras": "Keras",
    ".pt": "PyTorch",
    ".pth": "PyTorch",
    ".ckpt": "other checkpoints",
    ".pkl": "pickle",
    ".pickle": "pickle",
    ".joblib": "joblib",
    ".npy": "NumPy",
    ".npz": "NumPy",
}
"""Endings that stand for a format, whose programs could read no other."""


def check_ending(path: str | os.PathLike[str], own: str) -> None:
    """Raise ValueError for a path that has the ending of another format than ``own``; an unknown one may stand."""
    name = os.fsdecode(os.fspath(path))
    stem, ending = os.path.splitext(name)
    if ending.lower() in FORMATS.keys() - {own}:
        raise ValueError(
            f"{name}: what is written is in the format of {own} files, and the ending {ending} is that of "
            f"{FORMATS[ending.lower()]}; write {stem + own!r}"
        )
