"""The result of one of many trainings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..sequential import Sequential
    from ..training.history import History


@dataclass(frozen=True)
class Result:
    """What became of a job of `train_many`.

    Attributes
    ----------
    job : int
        The number of the job, counted from 0.
    figures : dict
        Loss and metrics of the epoch whose weights the network has, by name; those of validation begin with ``val_``,
        those of test data with ``test_``. Empty where the job failed.
    seconds : float
        How long its epochs took.
    error : str or None
        The error that ended the job, as ``"NumericError: ..."``.
    stopped : str or None
        Why the training ended before its last epoch.
    run : str or None
        The folder of the job.
    network : Sequential or None
        The trained network, for a job that gave a network; that of a run is ``nnfs.load(result.run)``.
    history : History or None
        What ``fit`` returned, for a job that gave a network.
    """

    job: int
    figures: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    error: str | None = None
    stopped: str | None = None
    run: str | None = None
    network: Sequential | None = field(default=None, repr=False)
    history: History | None = field(default=None, repr=False)
