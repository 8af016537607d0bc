"""The base of both estimators."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, TypeVar

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from .._kernels.interface import Array
from ..arguments.elsewhere import ESTIMATOR
from ..arguments.explained import Explained
from ..layers import Dense, Layer
from ..losses import Loss
from ..models import NeuralNetwork
from ..network.facts import Facts
from ..optimizers import Optimizer
from ..sequential import Sequential
from ..training.trainer import Trainer
from .numbers import check_numbers

Function = TypeVar("Function", bound=Callable[..., Any])
DTYPES = (np.float64, np.float32)
"""The types that features may have. Features of other types are converted to float64."""


def restoring(fit: Function) -> Function:
    """Return a method ``fit`` that restores the estimator's attributes if it raises an error.

    Without this, a failed fit could leave the new classes with the outputs of an old network.
    """

    @functools.wraps(fit)
    def restored(self: Any, *args: Any, **kwargs: Any) -> Any:
        before = dict(vars(self))
        try:
            return fit(self, *args, **kwargs)
        except Exception:
            vars(self).clear()
            vars(self).update(before)
            raise

    return restored  # type: ignore[return-value]


class NetworkEstimator(Explained, BaseEstimator):
    """The base of both estimators. It builds a network when it first sees data, and keeps a trainer for it.

    Attributes (after ``fit`` or ``partial_fit``)
    ----------
    network_ : Sequential
        The network, float32 if X is, otherwise float64. Its ``facts`` have the names of classes and columns.
    trainer_ : Trainer
        The trainer with the state of the optimizer, which ``partial_fit`` uses again.
    history_ : History
        The figures of each epoch of the last call of ``fit`` or ``partial_fit``.
    n_features_in_ : int
        The number of features of a sample; for images the number of channels.
    """

    hints: ClassVar = ESTIMATOR
    network_: Sequential
    trainer_: Trainer

    def __init__(
        self,
        hidden_units: int | Sequence[int] = (64,),
        *,
        layers: Sequence[Layer] | None = None,
        activation: str = "relu",
        optimizer: str | Optimizer = "adam",
        epochs: int = 100,
        batch_size: int = 64,
        shuffle: bool = True,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.hidden_units = hidden_units
        self.layers = layers
        self.activation = activation
        self.optimizer = optimizer
        self.epochs = epochs
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.random_state = random_state
        self.verbose = verbose

    def _start(self, X: Array, outputs: int, loss: Loss) -> None:
        """Build the network for samples like X, with a new trainer."""
        if self.layers is not None and list(np.atleast_1d(self.hidden_units)) != [64]:
            raise ValueError(
                f"give hidden_units or layers, not both; got hidden_units={self.hidden_units!r} and layers"
            )
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        if self.layers is None:
            network: Sequential = NeuralNetwork(
                X.shape[1:], self.hidden_units, outputs, activation=self.activation, seed=seed, dtype=X.dtype
            )
        else:
            # Copies: the estimator's own layers must not be built, so that it can be cloned and fitted again.
            layers = [*copy.deepcopy(list(self.layers)), Dense(outputs, initializer="glorot_uniform")]
            network = Sequential(layers, X.shape[1:], seed=seed, dtype=X.dtype)
        columns = getattr(self, "feature_names_in_", ())
        network.facts = Facts(
            class_names=[str(name) for name in getattr(self, "classes_", ())],
            columns=columns if len(set(columns)) == len(columns) else (),
        )
        self.network_ = network
        self.trainer_ = Trainer(network, loss=loss, optimizer=copy.deepcopy(self.optimizer))

    def _train(self, X: Array, y: Array, sample_weight: Array | None, epochs: int) -> None:
        if sample_weight is not None:  # a sample of weight 0 must count as if it were absent
            X, y, sample_weight = (values[sample_weight > 0] for values in (X, y, sample_weight))
            sample_weight *= len(sample_weight) / sample_weight.sum()  # weights of 2 for all must act like 1 for all
        self.history_ = self.trainer_.fit(
            X,
            y,
            epochs=epochs,
            batch_size=self.batch_size,
            shuffle=self.shuffle,
            sample_weight=sample_weight,
            verbose=self.verbose,
        )

    def _check_X(self, X: Any, *, reset: bool) -> Array:
        check_numbers(X, "X")
        return validate_data(self, X, reset=reset, dtype=DTYPES, allow_nd=self.layers is not None)

    def _check_weight(self, sample_weight: Any, X: Array) -> Array | None:
        if sample_weight is None:
            return None
        weight = _check_sample_weight(sample_weight, X, dtype=X.dtype, ensure_non_negative=True)
        if not weight.any():
            raise ValueError("sample_weight must be above 0 for at least one sample, got only zeros")
        return weight

    def _outputs(self, X: Any) -> Array:
        check_is_fitted(self)
        X = self._check_X(X, reset=False)
        return self.network_.predict(X.astype(self.network_.dtype, copy=False))
