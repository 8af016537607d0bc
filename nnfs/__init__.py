"""nnfs: neural networks from scratch that you can read, check and trust, and that are fast."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

try:
    from . import _kernels  # noqa: F401
except ImportError as error:
    import nnfs_command

    nnfs_command.leave_if_called(error)  # `python -m nnfs` imports the package before the command can begin
    raise
from . import errors, initializers, layers, losses, metrics, optimizers, schedules
from ._kernels.threads import get_num_threads, set_num_threads
from .arguments.elsewhere import no_attribute
from .errors import (
    BackendError,
    ChecksumError,
    DTypeError,
    FormatError,
    NumericError,
    ShapeError,
    UnsupportedError,
)
from .layers import (
    ELU,
    GELU,
    AvgPool2D,
    BatchNorm,
    Concat,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool2D,
    GlobalMaxPool2D,
    Layer,
    LayerNorm,
    LeakyReLU,
    MaxPool2D,
    Normalization,
    Padding2D,
    ReLU,
    Reshape,
    Residual,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
    Upsample2D,
)
from .layers.parameter import Parameter
from .models import CNN, NeuralNetwork
from .network.facts import Facts
from .sequential import Sequential
from .system.version import __version__
from .training.history import History
from .training.trainer import Trainer

if TYPE_CHECKING:
    from .io import load, save

__all__ = [
    "CNN",
    "ELU",
    "GELU",
    "AvgPool2D",
    "BackendError",
    "BatchNorm",
    "ChecksumError",
    "Concat",
    "Conv2D",
    "ConvTranspose2D",
    "DTypeError",
    "Dense",
    "Dropout",
    "Facts",
    "Flatten",
    "FormatError",
    "GlobalAvgPool2D",
    "GlobalMaxPool2D",
    "History",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "MaxPool2D",
    "NeuralNetwork",
    "Normalization",
    "NumericError",
    "Padding2D",
    "Parameter",
    "ReLU",
    "Reshape",
    "Residual",
    "Sequential",
    "ShapeError",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
    "Trainer",
    "UnsupportedError",
    "Upsample2D",
    "__version__",
    "augmentation",
    "bench",
    "callbacks",
    "data",
    "errors",
    "get_num_threads",
    "initializers",
    "layers",
    "load",
    "losses",
    "machine",
    "metrics",
    "optimizers",
    "plots",
    "reproduce",
    "save",
    "schedules",
    "set_num_threads",
    "testing",
]


_NOT_STARRED = ("io",)
"""Submodules that ``from nnfs import *`` does not import, because Python has modules of these names."""
_LAZY = ("augmentation", "callbacks", "data", "io", "plots", "reproduce", "sklearn", "testing")
_LAZY_ELSEWHERE = {"bench": ".profiling", "machine": ".system.machine"}
"""Public names that are modules elsewhere in the package."""


def __getattr__(name: str) -> Any:
    """Import a submodule, or ``load`` or ``save``, on its first use, so that ``import nnfs`` is fast."""
    if name in _LAZY:
        return importlib.import_module(f".{name}", __name__)
    if name in _LAZY_ELSEWHERE:
        return importlib.import_module(_LAZY_ELSEWHERE[name], __name__)
    if name in ("load", "save"):
        return getattr(importlib.import_module(".io", __name__), name)
    raise no_attribute(__name__, name)


def __dir__() -> list[str]:
    return sorted([*__all__, *_NOT_STARRED])
