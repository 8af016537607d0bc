"""Callbacks: what ``fit(..., callbacks=[...])`` calls on its way; one of your own is a `Callback`."""

from ..training.callback import Callback
from .checkpoint import Checkpoint
from .early_stopping import EarlyStopping
from .logs import CSVLog, JSONLinesLog
from .reduce_on_plateau import ReduceOnPlateau
from .statistics import Statistics
from .stop_on_non_finite import StopOnNonFinite

__all__ = [
    "CSVLog",
    "Callback",
    "Checkpoint",
    "EarlyStopping",
    "JSONLinesLog",
    "ReduceOnPlateau",
    "Statistics",
    "StopOnNonFinite",
]
