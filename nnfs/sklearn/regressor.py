"""The regressor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils.validation import validate_data

from .._kernels.interface import Array
from ..arguments.hyperparameters import as_flag
from ..errors import DTypeError
from ..layers import Layer
from ..losses import Loss, get_loss
from ..metrics import Metric
from ..network.network import Network
from ..optimizers import Optimizer
from ..system.floating_point import quietly
from ..training.callback import Callback
from .estimator import DTYPES, HIDDEN_UNITS, NetworkEstimator, restoring
from .numbers import check_numbers
from .standardization import Standardization
from .weights import check_weight


class NNRegressor(RegressorMixin, NetworkEstimator):
    """A regressor: a network that predicts numbers.

    Parameters that scikit-learn's MLPRegressor has too have its names and meanings.

    Parameters
    ----------
    hidden_units, layers, activation, optimizer, alpha, epochs, batch_size, shuffle, early_stopping
        See `NNClassifier`. The last Dense layer has one output for each target, and the score is R2.
    validation_fraction, n_iter_no_change, tol, warm_start, callbacks, random_state, verbose
        See `NNClassifier`.
    loss : str or Loss
        "mean_squared_error", "l1" or "huber", see `nnfs.losses`.
    metrics : list of str or function, or None
        What ``history_`` has beside the loss; None is nothing.
    normalize_y : bool
        Whether the network is trained on targets with mean 0 and standard deviation 1: those of the first call of
        ``fit`` or ``partial_fit``. Predictions have the unit of y; the figures of the training, ``tol`` and the
        settings of the loss are about the normalized targets. False is for a loss that needs the targets as they are.

    Attributes
    ----------
    network_ : Sequential
        A network whose outputs are predictions of y. With ``normalize_y``, ``trainer_`` trains another one.
    trainer_, history_, n_iter_, loss_curve_, loss_, best_loss_, validation_scores_, best_validation_score_
        See `NetworkEstimator`.
    n_features_in_, feature_names_in_, n_outputs_, out_activation_
        See `NetworkEstimator`.
    """

    score = quietly(RegressorMixin.score)
    out_activation_ = "identity"

    def __init__(
        self,
        hidden_units: int | Sequence[int] = HIDDEN_UNITS,
        *,
        layers: Sequence[Layer] | None = None,
        activation: str = "relu",
        loss: Literal["mean_squared_error", "l1", "huber"] | Loss = "mean_squared_error",
        metrics: Sequence[str | Metric] | None = None,
        normalize_y: bool = True,
        optimizer: str | Optimizer | None = None,
        alpha: float = 0.1,
        epochs: int = 200,
        batch_size: int = 64,
        shuffle: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: float = 10,
        tol: float = 1e-4,
        warm_start: bool = False,
        callbacks: Sequence[Callback] = (),
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        super().__init__(
            hidden_units=hidden_units,
            layers=layers,
            activation=activation,
            loss=loss,
            metrics=metrics,
            normalize_y=normalize_y,
            optimizer=optimizer,
            alpha=alpha,
            epochs=epochs,
            batch_size=batch_size,
            shuffle=shuffle,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            tol=tol,
            warm_start=warm_start,
            callbacks=callbacks,
            random_state=random_state,
            verbose=verbose,
        )

    @quietly
    @restoring
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train a network on targets y (N,) or (N, K); X, weights and errors are those of `NNClassifier.fit`."""
        first = not self._goes_on
        X, targets, weight = self._check_data(X, y, sample_weight, first=first)
        if first:
            self._standardization = Standardization.of(targets, weight) if self.normalize_y else None
        self._start(X, weight, targets.shape[1], get_loss(self.loss))
        self._train(X, self._normalized(targets), weight)
        self._finish()
        return self

    @quietly
    @restoring
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train the network for one more epoch. The first call builds it. Arguments and errors are those of `fit`."""
        first = not hasattr(self, "trainer_")
        self._check_no_early_stopping()
        X, targets, weight = self._check_data(X, y, sample_weight, first=first)
        if first:
            self._standardization = Standardization.of(targets, weight) if self.normalize_y else None
            self._start(X, weight, targets.shape[1], get_loss(self.loss))
        self._train_one_epoch(X, self._normalized(targets), weight)
        self._finish()
        return self

    @quietly
    def predict(self, X: Any) -> Array:
        """Return the predicted targets, (N,), or (N, K) if y had two axes in `fit`."""
        outputs = self._outputs(X)
        return outputs[:, 0] if self._one_target else outputs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _check_data(self, X: Any, y: Any, sample_weight: Any, *, first: bool) -> tuple[Array, Array, Array | None]:
        self._check_parameters()
        as_flag(self.normalize_y, "normalize_y")
        check_numbers(X, "X")
        check_numbers(y, "y")
        X, y = validate_data(
            self,
            X,
            y,
            reset=first,
            dtype=DTYPES,
            allow_nd=self.layers is not None,
            multi_output=True,
            y_numeric=True,
        )
        targets = y.reshape(len(y), -1)
        if first:
            self._one_target = y.ndim == 1
        elif targets.shape[1] != self.n_outputs_:
            raise ValueError(f"y must have the {self.n_outputs_} target(s) of the first call, got {targets.shape[1]}")
        dtype = X.dtype if first else self.network_.dtype
        if y.dtype.kind in "iu" and (targets.astype(dtype).astype(np.float64) != targets).any():
            raise DTypeError(
                f"y must hold whole numbers that {dtype}, the type of X, represents exactly. Try: X.astype(float)"
            )
        return X, targets, check_weight(sample_weight, X)

    def _normalized(self, targets: Array) -> Array:
        return targets.astype(float) if self._standardization is None else self._standardization(targets)

    def _finish(self) -> None:
        """Make the network that predicts y from the one that was trained."""
        if self._standardization is not None:
            self.network_ = self._copy_of_trained()
            self._standardization.undo_in(self.network_)

    def _score(self, X: Array, y: Array, sample_weight: Array | None, network: Network) -> float:
        return float(r2_score(y, network.predict(X), sample_weight=sample_weight))
