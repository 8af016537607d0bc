"""The endings of files: what is written is never given the ending of another format."""

from __future__ import annotations

import os

from ..errors import UnsupportedError

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

READ_BY = {
    ".onnx": "in Python, net = nnfs.io.onnx.load({0!r}).to_network(); nnfs.save(net, {1!r})",
    ".npz": "nnfs.data.read({0!r}) for the samples in it",
    ".csv": "nnfs.data.read({0!r}) for the samples in it",
    ".tsv": "nnfs.data.read({0!r}) for the samples in it",
    ".pt": "in Python, net = nnfs.io.torch.to_network(module, input_shape), of the module that PyTorch loads from it",
    ".pth": "in Python, net = nnfs.io.torch.to_network(module, input_shape), of the module that PyTorch loads from it",
}
"""What to write for files of these endings where a network of nnfs is wanted; {1} is the path that it could have."""


def check_holds_network(path: str | os.PathLike[str]) -> None:
    """Raise UnsupportedError for a file that is there and has the ending of another format that nnfs reads."""
    name = os.fsdecode(os.fspath(path))
    stem, ending = os.path.splitext(name)
    if ending.lower() in READ_BY and os.path.isfile(name):
        line = READ_BY[ending.lower()].format(name, f"{stem}.safetensors")
        text = f"got {ending}, wanted the folder of a run or a .safetensors file of nnfs. Try: {line}"
        raise UnsupportedError(text).in_file(name)


def check_ending(path: str | os.PathLike[str], own: str) -> None:
    """Raise ValueError for a path that has the ending of another format than ``own``; an unknown one may stand."""
    name = os.fsdecode(os.fspath(path))
    stem, ending = os.path.splitext(name)
    if ending.lower() in FORMATS.keys() - {own}:
        raise ValueError(
            f"{name}: what is written is in the format of {own} files, and the ending {ending} is that of "
            f"{FORMATS[ending.lower()]}; write {stem + own!r}"
        )
