"""Networks as scikit-learn estimators, `NNClassifier` and `NNRegressor`, for pipelines, grid searches and so on."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal, Self, TypeVar

import numpy as np

from ._kernels.interface import Array
from .arguments.elsewhere import ESTIMATOR
from .arguments.explained import Explained
from .arguments.labels import classes_of, is_one_hot
from .errors import DTypeError
from .layers import Dense, Layer
from .losses import CrossEntropy, Loss, get_loss
from .models import NeuralNetwork
from .network.facts import Facts
from .optimizers import Optimizer
from .sequential import Sequential
from .system.floating_point import quietly
from .training.trainer import Trainer

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data
except ImportError as error:
    raise ImportError('nnfs.sklearn needs scikit-learn 1.6 or later: pip install "nnfs-cython[sklearn]"') from error


Function = TypeVar("Function", bound=Callable[..., Any])

DTYPES = (np.float64, np.float32)
"""The types that features may have. Features of other types are converted to float64."""


def _restoring(fit: Function) -> Function:
    """Return a method ``fit`` that restores the estimator's attributes if it raises an error.

    Without this, a failed fit could leave the new classes with the outputs of an old network.
    """

    @functools.wraps(fit)
    def restoring(self: Any, *args: Any, **kwargs: Any) -> Any:
        before = dict(vars(self))
        try:
            return fit(self, *args, **kwargs)
        except Exception:
            vars(self).clear()
            vars(self).update(before)
            raise

    return restoring  # type: ignore[return-value]


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
        _check_numbers(X, "X")
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


class NNClassifier(ClassifierMixin, NetworkEstimator):
    """A classifier: a network that is trained with cross-entropy.

    Parameters
    ----------
    hidden_units : int or list of int
        The number of units of each hidden layer of a fully connected network.
    layers : list of Layer or None
        Instead of ``hidden_units``: all layers but the last one, such as ``[Conv2D(8, 3), ReLU(), Flatten()]`` for
        images X (N, C, H, W). The estimator copies them and appends a Dense layer with one output for each class.
    activation : str
        The activation after each hidden layer, see `NeuralNetwork`.
    optimizer : str or Optimizer
        See `nnfs.optimizers`.
    epochs, batch_size, shuffle
        See `Sequential.fit`.
    random_state : int, RandomState or None
        The source of initial weights, order of samples and dropout; None for different numbers in each call.
    verbose : int
        0 for no output, 1 for a progress bar, 2 for one line per epoch.

    Attributes
    ----------
    classes_ : array (K,)
        The labels, sorted.
    network_, trainer_, history_, n_features_in_
        See `NetworkEstimator`.
    """

    classes_: Array
    score = quietly(ClassifierMixin.score)

    @quietly
    @_restoring
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train a new network.

        Parameters
        ----------
        X : array (N, D), or (N, C, H, W) with ``layers``
            Samples. Not modified.
        y : array (N,)
            Labels, numbers or texts, of at least two classes.
        sample_weight : array (N,) or None
            The weight of each sample in the loss, at least 0; None for equal weights.

        Raises
        ------
        ValueError, DTypeError
            If the data are not as described. The estimator is unchanged then.
        """
        X, labels, weight = self._check_data(X, y, sample_weight, reset=True)
        self._set_classes(labels)
        self._start(X, len(self.classes_), CrossEntropy())
        self._train(X, np.searchsorted(self.classes_, labels), weight, self.epochs)
        return self

    @quietly
    @_restoring
    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train the network for one more epoch. The first call builds the network.

        ``classes`` (K,) are all labels that any call will have; the first call needs them, unless its y has them all.
        The other arguments, and the errors, are those of `fit`.
        """
        first = not hasattr(self, "trainer_")
        X, labels, weight = self._check_data(X, y, sample_weight, reset=first)
        if first:
            self._set_classes(labels if classes is None else np.asarray(classes))
        elif classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise ValueError(f"classes must be those of the first call, {self.classes_}, got {np.unique(classes)}")
        unknown = np.setdiff1d(labels, self.classes_)
        if len(unknown):
            raise ValueError(f"y must hold only classes of the first call, {self.classes_}, got {unknown}")
        if first:
            self._start(X, len(self.classes_), CrossEntropy())
        self._train(X.astype(self.network_.dtype, copy=False), np.searchsorted(self.classes_, labels), weight, 1)
        return self

    @quietly
    def predict(self, X: Any) -> Array:
        """Return the most probable label of each sample, (N,), for samples X as in `fit`."""
        scores = self._outputs(X)
        return self.classes_[classes_of(scores)]

    @quietly
    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class, (N, K), in the order of ``classes_``, for samples X as in `fit`."""
        return CrossEntropy().probabilities(self._outputs(X))

    @quietly
    def decision_function(self, X: Any) -> Array:
        """Return the logit of each class, (N, K); for two classes the second logit minus the first, (N,)."""
        scores = self._outputs(X)
        return scores[:, 1] - scores[:, 0] if len(self.classes_) == 2 else scores

    def _check_data(self, X: Any, y: Any, sample_weight: Any, *, reset: bool) -> tuple[Array, Array, Array | None]:
        _check_not_masked(y, "y")
        if getattr(y, "ndim", 1) == 2 and is_one_hot(np.asarray(y)):
            raise ValueError(f"y should be a 1d array, got one-hot rows {y.shape}: write y.argmax(axis=1)")
        _check_numbers(X, "X")
        X, y = validate_data(self, X, y, reset=reset, dtype=DTYPES, allow_nd=self.layers is not None)
        check_classification_targets(y)
        return X, y, self._check_weight(sample_weight, X)

    def _set_classes(self, labels: Array) -> None:
        classes = np.unique(labels)
        if len(classes) < 2:
            raise ValueError(f"a classifier needs samples of at least 2 classes, got 1 class: {classes.tolist()[0]!r}")
        self.classes_ = classes


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
    @_restoring
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train a new network on targets y (N,) or (N, K); X, weights and errors are those of `NNClassifier.fit`."""
        return self._fit(X, y, sample_weight, self.epochs, first=True)

    @quietly
    @_restoring
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
        _check_numbers(X, "X")
        _check_numbers(y, "y")
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


def _check_not_masked(values: Any, argument: str) -> None:
    if isinstance(values, np.ma.MaskedArray):
        raise DTypeError(f"{argument} must not be a masked array. Try: {argument}.filled(0)")


def _check_numbers(values: Any, argument: str) -> None:
    """Raise DTypeError for values that would convert to wrong numbers: dates, texts, masked or very large numbers.

    The message names the argument, and the column of a data frame.
    """
    columns = getattr(values, "columns", None)
    if columns is None:
        parts = [(argument, values)]
    else:
        parts = [(f"{argument}[{name!r}]", values[name]) for name in dict.fromkeys(columns)]
    for name, part in parts:
        _check_not_masked(part, name)
        is_series = columns is not None or hasattr(part, "index")
        array = np.asarray(part) if isinstance(part, list | np.ndarray) or is_series else np.empty(0)
        if array.dtype.kind in "mM":
            raise DTypeError(
                f"{name} holds dates; it must hold numbers. Try days: (dates - dates.min()) / numpy.timedelta64(1, 'D')"
            )
        if array.dtype.kind in "SUT" or (
            array.dtype.kind == "O" and any(isinstance(value, str) for value in array.ravel())
        ):
            fix = "sklearn.preprocessing.OneHotEncoder()"
            if argument == "y":
                fix = "NNClassifier for classes; for numbers written as texts: y.astype(float)"
            raise DTypeError(f"{name} holds texts; it must hold numbers. Try: {fix}")
        if array.dtype.kind in "iu" and array.size and max(int(array.max()), -int(array.min())) > 2**53:
            raise DTypeError(
                f"{name} holds whole numbers above 2**53, which float64 would round. Try: "
                f"{argument} - {argument}.min(axis=0)"
            )
