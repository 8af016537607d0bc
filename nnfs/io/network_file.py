"""Whole networks in one file: weights that every framework can read, and the layers as text."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import cast

from ..ensemble import Ensemble
from ..errors import DTypeError, naming
from ..layers import LAYERS, Layer
from ..sequential import Sequential
from .architecture import describe, rebuild
from .checkpoints import weights_of
from .endings import check_holds_network
from .ensemble_file import KEY, rebuild_ensemble, save_ensemble
from .run_folder import find_network
from .weights import as_arrays, check_all_finite, read, write


def save(network: Sequential | Ensemble, path: str | os.PathLike[str]) -> None:
    """Write a network, or an ensemble of networks, to a ``.safetensors`` file, whole or not at all.

    The weights have PyTorch's names and layout, so that other programs can read them. The rest of the network (layers
    with their arguments, input_shape, dtype, seed, loss, facts) is text in the metadata. The file contains no code.

    An initializer that is a function of your own is saved as ``"zeros"``, since the weights are in the file. A
    loss class of your own is not saved: set ``network.loss`` after loading. The optimizer's memory is not saved.

    Parameters
    ----------
    network : Sequential or Ensemble
        Not modified.
    path : path
        The file to make or to replace.

    Raises
    ------
    NumericError
        When a weight is not finite; the message names the weight. A broken network never replaces a good file.
    UnsupportedError
        For a layer whose arguments JSON cannot hold.
    ValueError
        For the ending of another format, such as ``.pt``.
    OSError
        When the file cannot be written; an old file is then unchanged.
    """
    if isinstance(network, Ensemble):
        save_ensemble(network, path)
        return
    if not isinstance(network, Sequential):
        is_estimator = hasattr(network, "fit") and hasattr(network, "get_params")
        own = "pipeline[-1].network_" if hasattr(network, "steps") else "estimator.network_"
        fix = "for arrays: nnfs.io.save_weights"
        if is_estimator:
            fix = f"its network is {own}, without steps before it; with scalers: nnfs.sklearn.to_network(pipeline)"
        raise DTypeError(f"save: network must be a Sequential, got {type(network).__name__}; {fix}")
    state = as_arrays(network.state_dict())
    check_all_finite(state)
    write(state, {"nnfs": describe(network, state)}, path)


def load(path: str | os.PathLike[str], *, layers: Iterable[type[Layer]] = ()) -> Sequential:
    """Read a network from a file that `save` or `nnfs.callbacks.Checkpoint` wrote, or from the folder of a run.

    The loaded network computes the outputs of the saved one, bit for bit. It is a `Sequential`, also if a subclass was
    saved. Its random numbers (shuffling, dropout) begin again from its seed. Its ``facts`` tell what the file says of
    the data: names of classes and columns, and the divisor of pixels. They are empty for a file of an older version.

    Parameters
    ----------
    path : path
        A regular file, or a folder that ``nnfs train`` made: ``nnfs.load("runs/first")``.
    layers : list of classes
        Your own subclasses of `Layer` that the network uses: ``layers=[MyLayer]``.

    Returns
    -------
    Sequential
        A new network; of the file of an ensemble an `nnfs.Ensemble`, which a type checker takes for a network, too.

    Raises
    ------
    FormatError
        For a file that is not whole and consistent, or holds weights only; the message names path, byte or field, got
        and wanted. For a folder that is no run, and for a run that is not finished.
    ChecksumError
        For a file that was changed after it was written.
    UnsupportedError
        For an unknown layer, a file of a later version, or a file of another format; the message shows what to write.
    OSError
        For a file that cannot be read.
    """
    return cast(Sequential, load_any(path, layers))


def load_any(path: str | os.PathLike[str], layers: Iterable[type[Layer]] = ()) -> Sequential | Ensemble:
    """Read a network or an ensemble from a file, or from the folder of a run; see `load`."""
    known = _known_layers(layers)
    path = find_network(path)
    check_holds_network(path)
    with naming(path):
        arrays, metadata = read(path)
        if KEY in metadata:
            return rebuild_ensemble(metadata[KEY], arrays, known, os.fspath(path))
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
