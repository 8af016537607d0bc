"""Sequential: a network that is trained by `fit`, evaluated, and asked for classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ._kernels.interface import Array
from .arguments.elsewhere import FIT
from .arguments.explained import explained
from .arguments.hyperparameters import as_count, as_flag
from .arguments.shapes import as_integer
from .layers import Layer
from .layers.container import as_chain
from .losses import Loss, loss_for
from .metrics import Metric, get_metrics
from .network.facts import Facts
from .network.network import BATCH_SIZE, Network

if TYPE_CHECKING:  # training is imported on its first use, because a prediction needs none of it
    from .explain import Explanation
    from .optimizers import Optimizer
    from .training.callback import Callback
    from .training.history import History
    from .training.plan import Augmentation


class Sequential(Network):
    """Run layers one after the other.

    Parameters
    ----------
    layers : list of Layer
        Fresh layers, which the network builds and owns.
    input_shape : int or tuple of int
        Shape of one sample, without the batch axis: ``784``, ``(1, 28, 28)``.
    seed : int
        Where all random numbers of the network come from: first weights, shuffling, dropout.
    dtype : "float32" or "float64"
        Type of all parameters and results.
    fuse : bool
        Whether layers may run as one, such as convolution, ReLU and pooling: the same outputs in less time and memory,
        gradients that differ by rounding at most. ``NNFS_FUSE=0`` in the environment forbids it too.

    Attributes
    ----------
    layers, input_shape, seed, dtype : list, tuple of int, int, numpy.dtype
        What the network was made from.
    output_shape : tuple of int
        The shape of one sample behind the last layer.
    vector : ParameterVector
        All parameter values and all gradients, end to end.
    loss : Loss or None
        The loss that it was last trained with.
    facts : Facts
        The names of classes and columns, and what was done to pixels, see `Facts`; saved with the network.

    Raises
    ------
    ShapeError
        Where a layer cannot take what the one before gives: its index and name, the shapes so far, the fix.
    """

    def with_end(self, layers: Sequence[Layer], *, keep: int = -1, seed: int | None = None) -> Sequential:
        """Return a new network: the first layers of this one, copied with their weights, and others behind them.

        It is how a trained network is fitted to another task: ``net.with_end([Dense(5)])`` has another last layer. The
        kept layers are frozen or trainable as they are here, and this network does not change. Names of classes, and
        the loss, are not taken over: the new end has its own.

        Parameters
        ----------
        layers : list of Layer
            Fresh layers for the end, whose sizes of inputs the new network finds out.
        keep : int
            How many layers to keep, as in ``net.layers[:keep]``; -1 is all but the last one.
        seed : int or None
            Where first weights of the new layers, and all random numbers, come from; None is this network's seed.

        Raises
        ------
        ValueError
            Where no layer of this network would stay.
        ShapeError
            Where a layer cannot take what the one before gives.
        """
        kept = list(self.layers)[: as_integer(keep, "with_end: keep", -len(self.layers), len(self.layers))]
        if not kept:
            raise ValueError(f"with_end: keep={keep} keeps none of {len(self.layers)} layers; make a new network")
        import copy  # here, since few networks get another end

        own = as_chain(copy.deepcopy(kept), "layers")
        for _, chain, index in own.walk():
            chain[index].built_for = None
        network = Sequential(
            [*own, *as_chain(layers, "with_end: layers")],
            self.input_shape,
            seed=self.seed if seed is None else seed,
            dtype=self.dtype,
        )
        state = self.state_dict().items()
        of_kept = {name: array for name, array in state if int(name.partition(".")[0]) < len(kept)}
        network.load_state_dict(network.state_dict() | of_kept)
        of_inputs = ("columns", "pixels_divided_by", "preprocessing")
        network.facts = Facts(**{name: getattr(self.facts, name) for name in of_inputs})
        return network

    def predict_proba(self, x: Any, *, batch_size: int = BATCH_SIZE) -> Array:
        """Return the probability of each class (N, K) for a network trained with a classification loss."""
        return loss_for(None, self.loss, "predict_proba").probabilities(self.predict(x, batch_size=batch_size))

    def predict_classes(self, x: Any, *, batch_size: int = BATCH_SIZE) -> Array:
        """Return the most probable class (N,), int64, for a network trained with a classification loss."""
        loss, batch_size = loss_for(None, self.loss, "predict_classes"), as_count(batch_size, "predict: batch_size")
        return loss.classes(self.run_batches(self.as_rows(x, batch_size), batch_size))

    @explained("evaluate", {})
    def evaluate(
        self,
        x: Any,
        y: Any = None,
        *,
        loss: str | Loss | None = None,
        metrics: Sequence[str | Metric] | None = None,
        sample_weight: Any = None,
        batch_size: int | None = None,
    ) -> dict[str, float]:
        """Return the loss and its metrics on x (N, ...) and y (N, ...): ``{"loss": ..., "accuracy": ...}``.

        ``x`` may be an iterable of batches (x, y) or (x, y, sample_weight); of an endless one, ``islice(x, 100)``. A
        table whose columns the network knows is taken as it is, and without ``y`` its column `Facts.target` counts. The
        ``loss`` is that of the last training where it is None, ``metrics`` go with it; only the loss is weighted.
        A ``batch_size`` of None is 256 for arrays; an iterable has batches of its own size.
        """
        from .training.batches import as_batches
        from .training.evaluation import evaluate
        from .training.gate import Gate

        known = loss_for(loss, self.loss, "evaluate")
        known.check_last_layer(self.layers[-1])
        functions = known.metrics if metrics is None else get_metrics(metrics)
        if batch_size is not None:
            batch_size = as_count(batch_size, "evaluate: batch_size")
        if y is not None:
            self.facts.check_no_unknown_names(y)
        batches = as_batches(x, y, sample_weight, Gate(self, known), batch_size=batch_size, default_size=BATCH_SIZE)
        return evaluate(self, batches, known, functions)

    def explain(self, x: Any, y: Any = None, *, loss: str | Loss | None = None, training: bool = False) -> Explanation:
        """Return every number of one pass of x (N, ...) through the network, and how each came about.

        ``net.explain(x[:1], y[:1]).how("0", (3, 5, 5))`` is the sum that gives one number of layer 0's output, and
        ``how_backward`` the one that gives a gradient; see `nnfs.explain.Explanation`. A notebook shows the page of
        one sample. Nothing of the network changes.

        Parameters
        ----------
        x, y : array
            A few samples and, for the loss and all gradients, their targets; not modified.
        loss : str, Loss or None
            That of the last training where it is None.
        training : bool
            Whether dropout drops and batches are normalized by themselves, as in training. The random numbers are
            those that the next step of a training would draw.
        """
        from .explain.inline import InlineExplanation

        if y is not None:
            x, y, _ = self.facts.prepared_with_targets(x, y, self.dtype)
        return InlineExplanation(self, x, y, loss=loss, training=as_flag(training, "explain: training"))

    @explained("fit", FIT)
    def fit(
        self,
        x: Any,
        y: Any = None,
        *,
        loss: str | Loss | None = None,
        optimizer: str | Optimizer = "adam",
        metrics: Sequence[str | Metric] | None = None,
        epochs: int = 1,
        batch_size: int | None = None,
        steps_per_epoch: int | None = None,
        validation_data: Any = None,
        validation_split: float = 0.0,
        shuffle: bool = True,
        accumulate: int = 1,
        shards: int | None = None,
        class_weight: Any = None,
        sample_weight: Any = None,
        clip_norm: float | None = None,
        clip_value: float | None = None,
        augment: Sequence[Augmentation] = (),
        callbacks: Sequence[Callback] = (),
        verbose: str | int | bool = "auto",
    ) -> History:
        """Train on x (N, *input_shape) and its targets y, and return the history.

        Arrays are checked before the first step: a call that fails has changed nothing. Of a `numpy.memmap`, which
        may be larger than memory, and of an iterable, each batch is read and checked in its turn.

        Parameters
        ----------
        x, y : array, or x an iterable of batches and no y
            Samples and targets; not modified. Labels (N,) for cross-entropy, else (N, *output_shape). A batch is
            (x, y) or (x, y, sample_weight), and one pass over the iterable is an epoch. Of a table whose columns the
            network knows, see `Facts`, y may be left out: its column ``target`` counts.
        loss : str, Loss or None
            cross_entropy, binary_cross_entropy, mean_squared_error, l1, huber; None is that of the last training.
        optimizer : str or Optimizer
            sgd, adam, adamw, rmsprop, lbfgs, or one with its settings: ``nnfs.optimizers.Adam(1e-3)``. Its memory
            starts empty; to go on with it, keep a `Trainer` and call its ``fit``.
        metrics : list of str or function, or None
            What to report beside the loss: names of `nnfs.metrics`, and functions of (outputs, targets). None is what
            goes with the loss. For an epoch of training it is the mean over batches; for validation, of all at once.
        epochs : int
            How often all samples are taken.
        batch_size : int or None
            How many samples of arrays a step takes; the last batch may be smaller. None is 32. An iterable has
            batches of its own size.
        steps_per_epoch : int or None
            How many batches of an iterable, which may be endless, are an epoch; None is one pass.
        validation_data : (x, y), (x, y, sample_weight), an iterable of batches, or None
            Evaluated after each epoch.
        validation_split : float
            Instead: the share of samples to hold out, at random and, for labels, in proportion. Which ones follows
            from the network's seed and y alone: a second call with the same data holds out the same.
        shuffle : bool
            Whether each epoch has its own random order; an iterable has its own. Without it all epochs have that of
            the samples, which is mixed once where ``validation_split`` holds some of them out.
        accumulate : int
            How many batches a step takes: they go through the network one after the other, and their gradients are
            added up to those of one batch as large as all of them, in the memory of one. Batch normalization still
            sees each by itself. Of the last batches of an epoch, a step takes those that are left. Steps, such as those
            of schedules, count updates.
        shards : int or None
            Into how many parts, a power of two, each batch is divided: gradients, losses and metrics are computed for
            each part, and added in a fixed tree. Batch normalization sees each part by itself; dropout and
            augmentation draw for each step and part. The results depend on it; None does not divide. Processes that
            mpiexec started share the parts, and have equal weights, bit for bit those of one process.
        class_weight : dict, array, "balanced" or None
            What samples of each class count in training: ``{1: 10.0}``, where other classes count 1, or an array (K,).
            "balanced", for arrays, lets all classes count the same: samples / (classes * samples of the class).
        sample_weight : array (N,) or None
            What each sample counts; the loss is sum of weight[n] loss[n] / N, see `Loss.weighted`.
        clip_norm, clip_value : float or None
            A bound for the norm of all gradients together, or for each number of them.
        augment : list of functions of (x, rng)
            Change each batch at random, one after the other; see `nnfs.augmentation`.
        callbacks : list of Callback
            Called on the way; see `nnfs.callbacks`.
        verbose : "auto", 0, 1 or 2
            Silent, a bar, or one line an epoch and at the end the `digest` of the weights.

        Raises
        ------
        ShapeError, DTypeError, ValueError
            For arguments that do not fit.
        NumericError
            For data that are not finite, and where loss or gradient become so: epoch, step, layer.
        WorkerError
            Where processes of an MPI job differ, fail or hang.
        """
        from .training.trainer import Trainer

        loss = loss_for(loss, self.loss, "fit")
        trainer = Trainer(
            self, loss=loss, optimizer=optimizer, metrics=metrics, clip_norm=clip_norm, clip_value=clip_value
        )
        return trainer.fit(
            x,
            y,
            epochs=epochs,
            batch_size=batch_size,
            steps_per_epoch=steps_per_epoch,
            validation_data=validation_data,
            validation_split=validation_split,
            shuffle=shuffle,
            accumulate=accumulate,
            shards=shards,
            class_weight=class_weight,
            sample_weight=sample_weight,
            augment=augment,
            callbacks=callbacks,
            verbose=verbose,
        )
