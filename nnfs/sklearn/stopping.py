"""When the training of an estimator ends: scikit-learn's rule."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .._kernels.interface import Array
from ..network.network import Network
from ..training.callback import Callback
from ..training.state_check import check, check_count, check_names, check_number
from ..training.training import Training


class Stopping(Callback):
    """Stop when no epoch has been better by ``tol`` than the best one, for more than ``n_iter_no_change`` epochs.

    Parameters
    ----------
    n_iter_no_change : float
        A whole number from 1, or infinity for no early end.
    tol : float
        How much better an epoch must be, >= 0.
    score : function of a Network, or None
        The score of held-out samples, of which more is better; the network ends with the weights of its best epoch.
        With None, the loss of the training is what should become smaller, and the last weights stay.

    Attributes
    ----------
    scores : list of float
        The score of each epoch.
    """

    def __init__(self, n_iter_no_change: float, tol: float, score: Callable[[Network], float] | None = None) -> None:
        self.n_iter_no_change, self.tol, self.score = n_iter_no_change, tol, score
        self.scores: list[float] = []
        self.best, self.best_epoch, self.waited = -math.inf, 0, 0
        self.weights: dict[str, Array] = {}

    def on_epoch_end(self, training: Training) -> None:
        """Compare the epoch with the best one."""
        value = -training.history.epochs[-1]["loss"] if self.score is None else self.score(training.network)
        self.waited = self.waited + 1 if value < self.best + self.tol else 0
        if value > self.best:
            self.best, self.best_epoch = value, training.epoch + 1
        if self.score is not None:
            self.scores.append(value)
            if self.best_epoch == training.epoch + 1:
                self.weights = training.network.state_dict()
        if self.waited > self.n_iter_no_change:
            what = "training loss" if self.score is None else "validation score"
            training.stop(f"the {what} has not become better by tol={self.tol:g} for {self.waited} epochs")

    def on_train_end(self, training: Training) -> None:
        """Put the best weights back into the network, whatever ended the training."""
        if self.weights:
            training.network.load_state_dict(self.weights)
            training.history.best_epoch = self.best_epoch

    def state(self) -> dict[str, Any]:
        """Return the scores, the best epoch and its weights."""
        return {name: getattr(self, name) for name in ("scores", "best", "best_epoch", "waited", "weights")}

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over the scores, the best epoch and its weights from a state that `state` returned."""
        check_names(state, self.state(), "Stopping")
        check(isinstance(state["scores"], list), state["scores"], "a list", "Stopping: scores")
        check(isinstance(state["weights"], dict), state["weights"], "arrays by name", "Stopping: weights")
        self.scores = [check_number(score, "Stopping: scores") for score in state["scores"]]
        self.best = check_number(state["best"], "Stopping: best")
        self.best_epoch = check_count(state["best_epoch"], "Stopping: best_epoch")
        self.waited = check_count(state["waited"], "Stopping: waited")
        self.weights = state["weights"]
