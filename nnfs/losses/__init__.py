"""Losses: one number that measures how wrong the outputs are, and its gradient.

A loss is called with outputs, targets and an array that receives the gradient. Its value is a mean, as in PyTorch and
Keras: over the samples of the batch for cross-entropy, over all numbers for the other losses.
"""

from .binary_cross_entropy import BinaryCrossEntropy
from .cross_entropy import LABELS, CrossEntropy
from .huber import Huber
from .l1 import L1
from .loss import Loss
from .mean_squared_error import MeanSquaredError
from .named import LOSSES, KnownLoss, get_loss, loss_for

__all__ = [
    "L1",
    "LABELS",
    "LOSSES",
    "BinaryCrossEntropy",
    "CrossEntropy",
    "Huber",
    "KnownLoss",
    "Loss",
    "MeanSquaredError",
    "get_loss",
    "loss_for",
]
