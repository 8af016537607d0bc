"""The base of both estimators."""

from __future__ import annotations

import copy
import functools
import math
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from .._kernels.interface import Array
from ..arguments.elsewhere import ESTIMATOR
from ..arguments.explained import Explained
from ..arguments.hyperparameters import as_count, as_flag, as_number, check_list
from ..layers import Dense, Layer
from ..losses import Loss
from ..models import NeuralNetwork
from ..network.facts import Facts
from ..network.network import Network
from ..optimizers import Adam, Groups, Optimizer, get_optimizer
from ..sequential import Sequential
from ..training.callback import Callback, check_callbacks
from ..training.history import History
from ..training.split import hold_out
from ..training.trainer import Trainer
from .numbers import check_numbers
from .stopping import Stopping
from .weights import with_mean_one

Function = TypeVar("Function", bound=Callable[..., Any])
DTYPES = (np.float64, np.float32)
"""The types that features may have. Features of other types are converted to float64."""
HIDDEN_UNITS = (100,)
"""The hidden layers of an estimator that is given neither these nor layers."""
LEARNING_RATE = 3e-3
"""That of Adam for an estimator that is given no optimizer: few samples are few steps, which 1e-3 makes too short."""


def restoring(fit: Function) -> Function:
    """Return a method ``fit`` that restores the estimator's attributes if it raises an error.

    Without this, a failed fit could leave the new classes with the outputs of an old network.
    """

    @functools.wraps(fit)
    def restored(self: Any, *args: Any, **kwargs: Any) -> Any:
        before = dict(vars(self))
        try:
            return fit(self, *args, **kwargs)
        except BaseException:  # Ctrl-C too
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
    n_iter_ : int
        How many epochs the last call took.
    loss_curve_ : list of float
        The training loss of each epoch; a warm start and ``partial_fit`` go on with it.
    loss_, best_loss_ : float, float or None
        The last loss of ``loss_curve_`` and the least; with ``early_stopping`` the least is None.
    validation_scores_ : list of float or None
        The score of the held-out samples after each epoch; None without ``early_stopping``.
    best_validation_score_ : float or None
        The best score of the last call, after whose epoch the network had the weights that it has.
    n_features_in_ : int
        The number of features of a sample; for images the number of channels.
    feature_names_in_ : array of str
        The names of the columns, where X is a data frame.
    n_outputs_ : int
        The number of outputs of the network.
    out_activation_ : str
        What makes predictions from the outputs: "softmax", "logistic" or "identity".
    """

    hints: ClassVar = ESTIMATOR
    network_: Sequential
    trainer_: Trainer
    history_: History
    out_activation_: str
    best_loss_: float | None
    validation_scores_: list[float] | None
    best_validation_score_: float | None

    def __init__(self, **parameters: Any) -> None:
        for name, value in parameters.items():
            setattr(self, name, value)

    def _check_parameters(self) -> None:
        """Raise an error for a parameter that neither the network nor `Trainer.fit` would check."""
        as_number(self.alpha, "alpha", minimum=0)
        as_count(self.batch_size, "batch_size")
        as_flag(self.early_stopping, "early_stopping")
        as_flag(self.warm_start, "warm_start")
        as_number(self.validation_fraction, "validation_fraction", above=0, below=1)
        as_number(self.tol, "tol", minimum=0)
        if self.n_iter_no_change != math.inf:
            as_count(self.n_iter_no_change, "n_iter_no_change")
        check_callbacks(self.callbacks)
        if self.layers is not None:
            check_list(self.layers, "layers", lambda item: isinstance(item, Layer), "layers, all but the last one")
        if self.layers is not None and list(np.atleast_1d(self.hidden_units)) != list(HIDDEN_UNITS):
            raise ValueError(
                f"give hidden_units or layers, not both; got hidden_units={self.hidden_units!r} and layers"
            )

    @property
    def _goes_on(self) -> bool:
        """Whether ``fit`` goes on with the network of the last call."""
        return self.warm_start and hasattr(self, "trainer_")

    def _start(self, X: Array, sample_weight: Array | None, outputs: int, loss: Loss) -> None:
        """Make a trainer for samples like X: of a new network or, at a warm start, of a copy of the trained one."""
        if not self._goes_on:
            network = self._new_network(X, outputs)
            self.n_outputs_, self._built_from = outputs, self._architecture(outputs)
            self.loss_curve_: list[float] = []
            self.validation_scores_ = None
        elif self._architecture(outputs) == self._built_from:
            network = self._copy_of_trained()  # a fit that fails must leave the trained one as it is
        else:
            raise ValueError(
                f"warm_start goes on with the network of the first fit, {self._built_from}; got "
                f"{self._architecture(outputs)}. Try: warm_start=False"
            )
        self.network_ = network
        self.trainer_ = Trainer(network, loss=loss, optimizer=self._penalized(X, sample_weight), metrics=self.metrics)

    def _copy_of_trained(self) -> Sequential:
        network = copy.deepcopy(self.trainer_.network)
        assert isinstance(network, Sequential)
        return network

    def _penalized(self, X: Array, sample_weight: Array | None) -> Optimizer:
        """Return a copy of the optimizer with the weight decay of ``alpha``, divided by the samples of a step."""
        optimizer = Adam(LEARNING_RATE) if self.optimizer is None else copy.deepcopy(get_optimizer(self.optimizer))
        if self.alpha:
            weight = np.ones(len(X)) if sample_weight is None else sample_weight[sample_weight > 0]
            samples = self._samples_of_a_step(optimizer, len(weight))
            parts = [optimizer.others, *optimizer.groups.values()] if isinstance(optimizer, Groups) else [optimizer]
            for part in {id(part): part for part in parts}.values():
                vars(part)["weight_decay"] += self.alpha / (samples * float(weight.mean()))
        return optimizer

    def _samples_of_a_step(self, optimizer: Optimizer, samples: int) -> int:
        """Return how many samples a step takes, where there are this many: LBFGS takes all of them."""
        return samples if optimizer.needs_all_samples else min(self.batch_size, samples)

    def _new_network(self, X: Array, outputs: int) -> Sequential:
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        if self.layers is None:
            network: Sequential = NeuralNetwork(
                X.shape[1:],
                self.hidden_units,
                outputs,
                activation=self.activation,
                initializer="glorot_uniform",
                seed=seed,
                dtype=X.dtype,
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
        return network

    def _architecture(self, outputs: int) -> str:
        """Return what a network is made from, as text."""
        if self.layers is not None:
            return f"layers={self.layers!r} and {outputs} output(s)"
        hidden_units = np.atleast_1d(self.hidden_units).tolist()
        return f"hidden_units={hidden_units}, activation={self.activation!r} and {outputs} output(s)"

    def _train(self, X: Array, y: Array, sample_weight: Array | None) -> None:
        """Train for ``epochs``, or until no epoch is better."""
        X, y, sample_weight = self._counting(X, y, sample_weight)
        held_out, score = None, None
        if self.early_stopping:
            kept, held = self._split(y)
            weights = [None if sample_weight is None else sample_weight[rows] for rows in (kept, held)]
            held_out = X[held], y[held], with_mean_one(weights[1])
            score = functools.partial(self._score, X[held], y[held], weights[1])
            X, y, sample_weight = X[kept], y[kept], weights[0]
        stopping = Stopping(self.n_iter_no_change, self.tol, score)
        self._run(X, y, sample_weight, self.epochs, [stopping], held_out)
        if self.early_stopping:
            self.best_loss_, self.best_validation_score_ = None, stopping.best
            self.validation_scores_ = [*(self.validation_scores_ or ()), *stopping.scores]

    def _train_one_epoch(self, X: Array, y: Array, sample_weight: Array | None) -> None:
        self._run(*self._counting(X, y, sample_weight), 1, [], None)

    def _counting(self, X: Array, y: Array, sample_weight: Array | None) -> tuple[Array, Array, Array | None]:
        """Return the samples that count, in the network's dtype; those of weight 0 must be as if they were absent."""
        counts = slice(None) if sample_weight is None else sample_weight > 0
        dtype = self.network_.dtype
        return (
            X[counts].astype(dtype, copy=False),
            y[counts].astype(dtype, copy=False) if y.dtype.kind == "f" else y[counts],
            None if sample_weight is None else sample_weight[counts].astype(dtype, copy=False),
        )

    def _run(
        self, X: Array, y: Array, sample_weight: Array | None, epochs: int, callbacks: list[Callback], held_out: Any
    ) -> None:
        """Call `Trainer.fit`, and keep its figures."""
        self.history_ = self.trainer_.fit(
            X,
            y,
            epochs=epochs,
            batch_size=self._samples_of_a_step(self.trainer_.optimizer, len(X)),
            validation_data=held_out,
            shuffle=self.shuffle,
            sample_weight=with_mean_one(sample_weight),
            callbacks=[*callbacks, *self.callbacks],  # the first puts its weights back last
            verbose=self.verbose,
        )
        losses = self.history_["loss"]
        self.loss_curve_ = [*self.loss_curve_, *losses]
        self.n_iter_, self.loss_, self.best_loss_ = len(losses), losses[-1], min(self.loss_curve_)
        self.validation_scores_ = self.validation_scores_ if self.early_stopping else None
        self.best_validation_score_ = None

    def _split(self, y: Array) -> tuple[Array, Array]:
        """Return the rows to train on and those to hold out, of which each class has its share."""
        count = int(len(y) * self.validation_fraction + 0.5)
        if not 2 <= count < len(y):
            raise ValueError(
                f"early_stopping needs at least 2 held-out samples and 1 to train on, got {count} of {len(y)} with "
                f"validation_fraction={self.validation_fraction}. Try: early_stopping=False"
            )
        classes = self.trainer_.loss.strata(y)
        if classes is not None and (np.bincount(classes) == 1).any():
            raise ValueError(
                "early_stopping needs at least 2 samples of each class, one to train on and one to hold out, got 1 of "
                f"{self.classes_[np.bincount(classes).tolist().index(1)]!r}. Try: early_stopping=False"
            )
        return hold_out(self.trainer_.network.seed, self.trainer_.loss, y, self.validation_fraction)

    def _score(self, X: Array, y: Array, sample_weight: Array | None, network: Network) -> float:
        """Return how well a network predicts targets y, of which more is better."""
        raise NotImplementedError

    def _check_no_early_stopping(self) -> None:
        if self.early_stopping:
            raise ValueError(
                "partial_fit trains for one epoch, which early_stopping=True cannot end. Try: early_stopping=False"
            )

    def _check_X(self, X: Any, *, reset: bool) -> Array:
        check_numbers(X, "X")
        return validate_data(self, X, reset=reset, dtype=DTYPES, allow_nd=self.layers is not None)

    def _inputs(self, X: Any) -> Array:
        check_is_fitted(self)
        return self._check_X(X, reset=False).astype(self.network_.dtype, copy=False)

    def _outputs(self, X: Any) -> Array:
        inputs = self._inputs(X)
        return self.network_.predict(inputs)
