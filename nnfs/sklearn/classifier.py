"""The classifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from .._kernels.interface import Array
from ..arguments.labels import is_one_hot
from ..layers import Layer
from ..losses import BinaryCrossEntropy, Loss, get_loss
from ..metrics import Metric
from ..network.network import Network
from ..optimizers import Optimizer
from ..system.floating_point import quietly
from ..training.callback import Callback
from .estimator import DTYPES, HIDDEN_UNITS, NetworkEstimator, restoring
from .numbers import check_not_masked, check_numbers
from .weights import by_class, check_weight


class NNClassifier(ClassifierMixin, NetworkEstimator):
    """A classifier: a network that is trained with cross-entropy.

    Parameters that scikit-learn's MLPClassifier has too have its names and meanings.

    Parameters
    ----------
    hidden_units : int or list of int
        The number of units of each hidden layer of a fully connected network.
    layers : list of Layer or None
        Instead of ``hidden_units``: all layers but the last one, such as ``[Conv2D(8, 3), ReLU(), Flatten()]`` for
        images X (N, C, H, W). The estimator copies them and appends a Dense layer with one output for each class.
    activation : str
        The activation after each hidden layer, see `NeuralNetwork`.
    loss : str or Loss
        "cross_entropy", "binary_cross_entropy" for two classes, or a loss of labels with its settings, such as
        ``nnfs.losses.CrossEntropy(label_smoothing=0.1)``.
    metrics : list of str or function, or None
        What ``history_`` has beside the loss, see `Sequential.fit`; None is accuracy.
    optimizer : str, Optimizer or None
        See `nnfs.optimizers`; None is ``Adam(3e-3)``. "lbfgs" takes all samples in each step, not ``batch_size``.
    alpha : float
        The strength of the L2 penalty: alpha / 2 times the sum of squares of all parameters, divided by the samples of
        a step, is added to the loss. It adds alpha / batch size to the optimizer's ``weight_decay``.
    epochs : int
        How often all samples are taken, at most; ``max_iter`` of scikit-learn, without its warning.
    batch_size, shuffle
        See `Sequential.fit`.
    early_stopping : bool
        Whether to hold samples out, to stop when their accuracy does not become better, and to go back to the best
        weights. Without it, training stops when the training loss does not become smaller.
    validation_fraction : float
        The share of the samples that ``early_stopping`` holds out, of each class alike.
    n_iter_no_change : int or infinity
        After how many epochs without a better figure training stops; ``numpy.inf`` for all epochs.
    tol : float
        How much better an epoch must be.
    warm_start : bool
        Whether ``fit`` goes on with the network of the last call, instead of with a new one. The optimizer is new.
    class_weight : dict, "balanced" or None
        The weight of each label, 1 for those that are not there. "balanced" lets all classes count the same.
    callbacks : list of Callback
        See `nnfs.callbacks`. The objects themselves are called, not copies.
    random_state : int, RandomState or None
        The source of initial weights, order of samples and dropout; None for different numbers in each call.
    verbose : int
        0 for no output, 1 for a progress bar, 2 for one line per epoch.

    Attributes
    ----------
    classes_ : array (K,)
        The labels, sorted.
    network_, trainer_, history_, n_iter_, loss_curve_, loss_, best_loss_, validation_scores_, best_validation_score_
        See `NetworkEstimator`.
    n_features_in_, feature_names_in_, n_outputs_, out_activation_
        See `NetworkEstimator`.
    """

    classes_: Array
    score = quietly(ClassifierMixin.score)

    def __init__(
        self,
        hidden_units: int | Sequence[int] = HIDDEN_UNITS,
        *,
        layers: Sequence[Layer] | None = None,
        activation: str = "relu",
        loss: Literal["cross_entropy", "binary_cross_entropy"] | Loss = "cross_entropy",
        metrics: Sequence[str | Metric] | None = None,
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
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
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
            class_weight=class_weight,
            callbacks=callbacks,
            random_state=random_state,
            verbose=verbose,
        )

    @quietly
    @restoring
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train a new network, or with ``warm_start`` the one of the last call.

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
            If the data or a parameter are not as described. The estimator is unchanged then.
        """
        X, labels, weight = self._check_data(X, y, sample_weight, reset=not self._goes_on)
        if not self._goes_on:
            self._set_classes(labels)
        elif not np.array_equal(np.unique(labels), self.classes_):
            raise ValueError(
                f"warm_start needs the classes of the first fit, {self.classes_}, got {np.unique(labels)}. "
                "Try: warm_start=False"
            )
        weight = by_class(self.class_weight, self.classes_, labels, weight, X)
        self._start(X, weight, *self._outputs_and_loss())
        self._train(X, self._targets(labels), weight)
        return self

    @quietly
    @restoring
    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Train the network for one more epoch. The first call builds the network.

        ``classes`` (K,) are all labels that any call will have; the first call needs them, unless its y has them all.
        The other arguments, and the errors, are those of `fit`.
        """
        first = not hasattr(self, "trainer_")
        self._check_no_early_stopping()
        if isinstance(self.class_weight, str):
            raise ValueError(
                f"class_weight={self.class_weight!r} needs all labels, of which partial_fit sees a part. Try a dict: "
                "dict(zip(classes, sklearn.utils.class_weight.compute_class_weight('balanced', classes=classes, y=y)))"
            )
        X, labels, weight = self._check_data(X, y, sample_weight, reset=first)
        if first:
            self._set_classes(labels if classes is None else np.asarray(classes))
        elif classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise ValueError(f"classes must be those of the first call, {self.classes_}, got {np.unique(classes)}")
        unknown = np.setdiff1d(labels, self.classes_)
        if len(unknown):
            raise ValueError(f"y must hold only classes of the first call, {self.classes_}, got {unknown}")
        weight = by_class(self.class_weight, self.classes_, labels, weight, X)
        if first:
            self._start(X, weight, *self._outputs_and_loss())
        self._train_one_epoch(X, self._targets(labels), weight)
        return self

    @quietly
    def predict(self, X: Any) -> Array:
        """Return the most probable label of each sample, (N,), for samples X as in `fit`."""
        inputs = self._inputs(X)
        return self.classes_[self.network_.predict_classes(inputs)]

    @quietly
    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class, (N, K), in the order of ``classes_``, for samples X as in `fit`."""
        outputs = self._outputs(X)
        return self.trainer_.loss.probabilities(outputs)

    @quietly
    def predict_log_proba(self, X: Any) -> Array:
        """Return the logarithm of the probability of each class, (N, K), for samples X as in `fit`."""
        return np.log(self.predict_proba(X))

    @quietly
    def decision_function(self, X: Any) -> Array:
        """Return the logit of each class, (N, K); for two classes the second logit minus the first, (N,)."""
        scores = self._outputs(X)
        if self.n_outputs_ == 1:
            return scores[:, 0]
        return scores[:, 1] - scores[:, 0] if len(self.classes_) == 2 else scores

    def _check_data(self, X: Any, y: Any, sample_weight: Any, *, reset: bool) -> tuple[Array, Array, Array | None]:
        self._check_parameters()
        check_not_masked(y, "y")
        if getattr(y, "ndim", 1) == 2 and is_one_hot(np.asarray(y)):
            raise ValueError(f"y should be a 1d array, got one-hot rows {y.shape}: write y.argmax(axis=1)")
        if getattr(y, "ndim", 1) == 2 and np.shape(y)[1] > 1:
            raise ValueError(
                f"y should be a 1d array, got an array of shape {np.shape(y)} instead; for several labels a sample: "
                "sklearn.multioutput.MultiOutputClassifier(NNClassifier())"
            )
        check_numbers(X, "X")
        X, y = validate_data(self, X, y, reset=reset, dtype=DTYPES, allow_nd=self.layers is not None)
        check_classification_targets(y)
        return X, y, check_weight(sample_weight, X)

    def _set_classes(self, labels: Array) -> None:
        classes = np.unique(labels)
        if len(classes) < 2:
            raise ValueError(f"a classifier needs samples of at least 2 classes, got 1 class: {classes.tolist()[0]!r}")
        self.classes_ = classes

    def _outputs_and_loss(self) -> tuple[int, Loss]:
        """Return the number of outputs of the network, and its loss."""
        loss = get_loss(self.loss)
        if isinstance(loss, BinaryCrossEntropy):
            if len(self.classes_) != 2:
                raise ValueError(
                    f"binary_cross_entropy is for 2 classes, got {len(self.classes_)}. Try: loss='cross_entropy'"
                )
            self.out_activation_ = "logistic"
            return 1, loss
        if type(loss).classes is Loss.classes:
            raise ValueError(
                f"the loss of a classifier must know classes, got {loss.name!r}. Try: loss='cross_entropy'"
            )
        self.out_activation_ = "softmax"
        return len(self.classes_), loss

    def _targets(self, labels: Array) -> Array:
        """Return the targets as the loss takes them: numbers of classes, or (N, 1) answers, 0 or 1."""
        numbers = np.searchsorted(self.classes_, labels)
        return numbers if self.n_outputs_ > 1 else numbers[:, None].astype(float)

    def _score(self, X: Array, y: Array, sample_weight: Array | None, network: Network) -> float:
        classes = self.trainer_.loss.classes(network.predict(X))
        return float(accuracy_score(y.ravel(), classes, sample_weight=sample_weight))
