"""The regressor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.validation import validate_data

from .._kernels.interface import Array
from ..errors import DTypeError
from ..layers import Layer
from ..losses import Loss, get_loss
from ..optimizers import Optimizer
from ..system.floating_point import quietly
from .estimator import DTYPES, NetworkEstimator, restoring
from .numbers import check_numbers


class NNRegressor(RegressorMixin, NetworkEstimator):
    """A regressor: a network that predicts numbers.

    Parameters
    ----------
    hidden_units, layers, activation, optimizer, epochs, batch_size, shuffle, random_state, verbose
        See `NNClassifier`. The last Dense layer has one output for each target.
    loss : str or Loss
        "mean_squared_error", "l1" or "huber", see `nnfs.losses`.

    Attributes
    ----------
    network_, trainer_, history_, n_features_in_
        See `NetworkEstimator`.
    """

    score = quietly(RegressorMixin.score)

    def __init__(
        self,
        hidden_units: int | Sequence[int] = (64,),
        *,
        layers: Sequence[Layer] | None = None,
        activation: str = "relu",
        loss: Literal["mean_squared_error", "l1", "huber"] | Loss = "mean_squared_error",
        optimizer: str | Optimizer = "adam",
        epochs: int = 100,
        batch_size: int = 64,
        shuffle: bool = True,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        super().__init__(
            hidden_units,
            layers=layers,
            activation=activation,
            optimizer=optimizer,
            epochs=epochs,
            batch_size=batch_size,
            shuffle=shuffle,
            random_state=random_state,
            verbose=verbose,
        )
        self.loss = loss

    @quietly
    @restoring
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train a new network on targets y (N,) or (N, K); X, weights and errors are those of `NNClassifier.fit`."""
        return self._fit(X, y, sample_weight, self.epochs, first=True)

    @quietly
    @restoring
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train the network for one more epoch. The first call builds it. Arguments and errors are those of `fit`."""
        return self._fit(X, y, sample_weight, 1, first=not hasattr(self, "trainer_"))

    @quietly
    def predict(self, X: Any) -> Array:
        """Return the predicted targets, (N,), or (N, K) if y had two axes in `fit`."""
        outputs = self._outputs(X)
        return outputs[:, 0] if self._one_target else outputs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _fit(self, X: Any, y: Any, sample_weight: Any, epochs: int, *, first: bool) -> Self:
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
        weight = self._check_weight(sample_weight, X)
        targets = y.reshape(len(y), -1)
        if first:
            self._start(X, targets.shape[1], get_loss(self.loss))
            self._one_target = y.ndim == 1
        dtype = self.network_.dtype
        if y.dtype.kind in "iu" and (targets.astype(dtype).astype(np.float64) != targets).any():
            raise DTypeError(
                f"y must hold whole numbers that {dtype}, the type of X, represents exactly. Try: X.astype(float)"
            )
        self._train(X.astype(dtype, copy=False), targets.astype(dtype, copy=False), weight, epochs)
        return self
