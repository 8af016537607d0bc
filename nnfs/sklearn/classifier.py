"""The classifier."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from .._kernels.interface import Array
from ..arguments.labels import classes_of, is_one_hot
from ..losses import CrossEntropy
from ..system.floating_point import quietly
from .estimator import DTYPES, NetworkEstimator, restoring
from .numbers import check_not_masked, check_numbers


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
    @restoring
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
    @restoring
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
        check_not_masked(y, "y")
        if getattr(y, "ndim", 1) == 2 and is_one_hot(np.asarray(y)):
            raise ValueError(f"y should be a 1d array, got one-hot rows {y.shape}: write y.argmax(axis=1)")
        check_numbers(X, "X")
        X, y = validate_data(self, X, y, reset=reset, dtype=DTYPES, allow_nd=self.layers is not None)
        check_classification_targets(y)
        return X, y, self._check_weight(sample_weight, X)

    def _set_classes(self, labels: Array) -> None:
        classes = np.unique(labels)
        if len(classes) < 2:
            raise ValueError(f"a classifier needs samples of at least 2 classes, got 1 class: {classes.tolist()[0]!r}")
        self.classes_ = classes
