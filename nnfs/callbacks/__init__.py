"""Callbacks: what ``fit(..., callbacks=[...])`` calls while it trains; one of your own extends `Callback`."""

from typing import TYPE_CHECKING, NoReturn

from ..arguments.elsewhere import no_attribute
from ..training.callback import Callback
from .checkpoint import Checkpoint
from .csv_log import CSVLog
from .early_stopping import EarlyStopping
from .ema import EMA
from .json_lines_log import JSONLinesLog
from .reduce_on_plateau import ReduceOnPlateau
from .statistics import Statistics
from .stop_on_non_finite import StopOnNonFinite

__all__ = [
    "EMA",
    "CSVLog",
    "Callback",
    "Checkpoint",
    "EarlyStopping",
    "JSONLinesLog",
    "ReduceOnPlateau",
    "Statistics",
    "StopOnNonFinite",
]


if not TYPE_CHECKING:  # to a type checker every name would be there

    def __getattr__(name: str) -> NoReturn:
        raise no_attribute(__name__, name)
