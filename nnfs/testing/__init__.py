"""Checks for authors of layers and backends: `check_layer` and `check_gradients`.

Both return None on success. Otherwise they raise AssertionError, whose message says what is wrong.
"""

from .gradients import Differentiable, check_gradients
from .layers import check_layer

__all__ = ["Differentiable", "check_gradients", "check_layer"]
