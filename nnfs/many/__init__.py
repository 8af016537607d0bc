"""Many trainings: lists of jobs, and sweeps over settings. Used by `nnfs.train_many` and ``nnfs sweep``."""

from .result import Result as Result
from .train import train_many as train_many
