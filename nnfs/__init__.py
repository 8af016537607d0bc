"""nnfs: neural networks from scratch that you can read, check and trust, and that are fast."""

# ruff: noqa: F403, F405 - layers are listed in their own package alone

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

try:
    from . import _kernels  # noqa: F401
except ImportError as error:
    import nnfs_command

    nnfs_command.leave_if_called(error)  # `python -m nnfs` imports the package before the command can begin
    raise
from . import errors as errors
from . import initializers as initializers
from . import layers as layers
from . import losses as losses
from . import metrics as metrics
from . import optimizers as optimizers
from . import schedules as schedules
from ._kernels.threads import get_num_threads as get_num_threads
from ._kernels.threads import set_num_threads as set_num_threads
from .arguments.elsewhere import no_attribute
from .errors import BackendError as BackendError
from .errors import ChecksumError as ChecksumError
from .errors import DTypeError as DTypeError
from .errors import FormatError as FormatError
from .errors import NumericError as NumericError
from .errors import ShapeError as ShapeError
from .errors import UnsupportedError as UnsupportedError
from .errors import WorkerError as WorkerError
from .layers import *
from .layers.parameter import Parameter as Parameter
from .models import CNN as CNN
from .models import NeuralNetwork as NeuralNetwork
from .network.facts import Facts as Facts
from .sequential import Sequential as Sequential
from .system.version import __version__ as __version__

if TYPE_CHECKING:
    from .ensemble import Ensemble as Ensemble
    from .io import load as load
    from .io import save as save
    from .many import train_many as train_many
    from .training.diagnosis.diagnose import diagnose as diagnose
    from .training.history import History as History
    from .training.trainer import Trainer as Trainer
else:  # a type checker reads the imports; a list that is computed would hide them
    __all__ = [
        "CNN",
        "BackendError",
        "ChecksumError",
        "DTypeError",
        "Ensemble",
        "Facts",
        "FormatError",
        "History",
        "NeuralNetwork",
        "NumericError",
        "Parameter",
        "Sequential",
        "ShapeError",
        "Trainer",
        "UnsupportedError",
        "WorkerError",
        "__version__",
        "augmentation",
        "bench",
        "callbacks",
        "data",
        "diagnose",
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
        "train_many",
        *layers.__all__,
    ]

_NOT_STARRED = ("io",)
"""Submodules that ``from nnfs import *`` does not import, because Python has modules of these names."""
_LAZY = ("augmentation", "callbacks", "data", "io", "plots", "reproduce", "sklearn", "testing")
_LAZY_ELSEWHERE = {"bench": ".profiling", "machine": ".system.machine"}
"""Public names that are modules elsewhere in the package."""
_LAZY_MEMBERS = {
    "Ensemble": ".ensemble",
    "History": ".training.history",
    "Trainer": ".training.trainer",
    "diagnose": ".training.diagnosis.diagnose",
    "load": ".io",
    "save": ".io",
    "train_many": ".many",
}
"""Public names that stand in modules which most programs never need, or not at once: a prediction trains nothing."""


def __getattr__(name: str) -> Any:
    """Import a submodule, or a member of one such as ``load``, on its first use, so that ``import nnfs`` is fast."""
    if name in _LAZY:
        return importlib.import_module(f".{name}", __name__)
    if name in _LAZY_ELSEWHERE:
        return importlib.import_module(_LAZY_ELSEWHERE[name], __name__)
    if name in _LAZY_MEMBERS:
        return getattr(importlib.import_module(_LAZY_MEMBERS[name], __name__), name)
    raise no_attribute(__name__, name)


def __dir__() -> list[str]:
    return sorted([*globals()["__all__"], *_NOT_STARRED])
