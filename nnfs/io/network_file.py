"""Whole networks in one file: weights that any framework reads, and the layers that they belong to."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ..errors import DTypeError, naming
from ..layers import LAYERS, Layer
from ..sequential import Sequential
from .architecture import describe, rebuild
from .checkpoints import weights_of
from .endings import check_holds_network
from .run_folder import find_network
from .weights import as_arrays, check_finite, read, write


def save(network: Sequential, path: str | os.PathLike[str]) -> None:
    """Write a network to a ``.safetensors`` file, whole or not at all, see `write_file`.

    The weights have PyTorch's names and layout, so that other programs read them. What makes the network again
    (layers with their arguments, input_shape, dtype, seed, loss, facts) is text beside them: no code is in the file.

    An initializer that is a function of your own is noted as ``"zeros"``, since the weights are in the file. A
    loss class of your own is not noted: set ``network.loss`` after loading. The optimizer's memory is not saved.

    Parameters
    ----------
    network : Sequential
        Not modified.
    path : path
        The file to make or to replace.

    Raises
    ------
    NumericError
        Where a weight is not finite, naming it, so that a broken network never replaces a good file.
    UnsupportedError
        For a layer whose arguments cannot be written down as text.
    ValueError
        For the ending of another format, such as ``.pt``.
    OSError
        Where the file cannot be written; an old file is then as it was.
    """
    if not isinstance(network, Sequential):
        raise DTypeError(
            f"save: network must be a Sequential, got {type(network).__name__}; for arrays: nnfs.io.save_weights"
        )
    state = as_arrays(network.state_dict())
    check_finite(state)
    write(state, {"nnfs": describe(network, state)}, path)


def load(path: str | os.PathLike[str], *, layers: Iterable[type[Layer]] = ()) -> Sequential:
    """Read a network from a file that `save` or `nnfs.callbacks.Checkpoint` wrote, or from the folder of a run.

    It gives the same outputs, bit for bit, and is a plain `Sequential` whatever class made it. Its random numbers
    (shuffling, dropout) begin again from its seed. ``facts`` are what the file says of the network's data: names of
    classes and columns, and what pixels were divided by; a file of an older version says nothing.

    Parameters
    ----------
    path : path
        A regular file, or a folder that ``nnfs train`` left behind: ``nnfs.load("runs/first")``.
    layers : list of classes
        Your own subclasses of `Layer` that the network has: ``layers=[MyLayer]``.

    Raises
    ------
    FormatError
        For a file that is not whole and consistent, or holds weights alone: path, byte or field, got, wanted. For a
        folder that is no run, and for a run that is not done.
    ChecksumError
        For a file that was changed after it was written.
    UnsupportedError
        For a layer that is not known, a file of a later version, or one of another format: what to write for it.
    OSError
        For a file that cannot be read.
    """
    known = _known_layers(layers)
    path = find_network(path)
    check_holds_network(path)
    with naming(path):
        arrays, metadata = read(path)
        state = weights_of(arrays) if "training" in metadata else arrays
        return rebuild(metadata.get("nnfs"), state, known, os.fspath(path))


def _known_layers(layers: Iterable[type[Layer]]) -> dict[str, type[Layer]]:
    if not isinstance(layers, Iterable):
        raise DTypeError(f"load: layers must be a list of classes, got {layers!r}")
    known = dict(LAYERS)
    for layer in layers:
        if not isinstance(layer, type) or not issubclass(layer, Layer):
            raise DTypeError(f"load: layers must be classes that extend Layer, got {layer!r}")
        if known.get(layer.__name__, layer) is not layer:
            raise ValueError(f"load: two layer classes have the name {layer.__name__}")
        known[layer.__name__] = layer
    return known
