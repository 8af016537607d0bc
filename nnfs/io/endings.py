"""The endings of file names: a file of one format is never written under the ending of another."""

from __future__ import annotations

import os

from ..errors import UnsupportedError

FORMATS = {
    ".safetensors": "safetensors, which nnfs.save writes",
    ".onnx": "ONNX, which nnfs.io.onnx.save writes",
    ".c": "C, which nnfs.io.c.save writes",
    ".py": "Python, which nnfs.io.python.save writes",
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
"""The format that each ending stands for; programs expect that a file has the format of its ending."""

READ_BY = {
    ".onnx": "in Python, net = nnfs.io.onnx.load({0!r}).to_network(); nnfs.save(net, {1!r})",
    ".npz": "nnfs.data.read({0!r}) for the samples in it",
    ".csv": "nnfs.data.read({0!r}) for the samples in it",
    ".tsv": "nnfs.data.read({0!r}) for the samples in it",
    ".pt": "in Python, net = nnfs.io.torch.to_network(module, input_shape), of the module that PyTorch loads from it",
    ".pth": "in Python, net = nnfs.io.torch.to_network(module, input_shape), of the module that PyTorch loads from it",
}
"""For files with these endings in the place of a network: what to write. {0} is their path, {1} one for the network."""


def check_holds_network(path: str | os.PathLike[str]) -> None:
    """Raise UnsupportedError for an existing file whose ending is that of another format than nnfs's network files."""
    name = os.fsdecode(os.fspath(path))
    stem, ending = os.path.splitext(name)
    if ending.lower() in READ_BY and os.path.isfile(name):
        line = READ_BY[ending.lower()].format(name, f"{stem}.safetensors")
        text = f"got {ending}, wanted the folder of a run or a .safetensors file of nnfs. Try: {line}"
        raise UnsupportedError(text).in_file(name)


def check_ending(path: str | os.PathLike[str], own: str) -> None:
    """Raise ValueError for a path with the known ending of another format than ``own``; other endings are accepted."""
    name = os.fsdecode(os.fspath(path))
    stem, ending = os.path.splitext(name)
    if ending.lower() in FORMATS.keys() - {own}:
        raise ValueError(
            f"{name}: what is written is in the format of {own} files, and the ending {ending} is that of "
            f"{FORMATS[ending.lower()]}; write {stem + own!r}"
        )
