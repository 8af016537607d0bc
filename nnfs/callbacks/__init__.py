"""Callbacks: what ``fit(..., callbacks=[...])`` calls on its way; one of your own is a `Callback`."""

from ..callback import Callback as Callback
from .checkpoint import Checkpoint as Checkpoint
from .early_stopping import EarlyStopping as EarlyStopping
from .logs import CSVLog as CSVLog
from .logs import JSONLinesLog as JSONLinesLog
from .reduce_on_plateau import ReduceOnPlateau as ReduceOnPlateau
from .statistics import Statistics as Statistics
from .stop_on_non_finite import StopOnNonFinite as StopOnNonFinite
