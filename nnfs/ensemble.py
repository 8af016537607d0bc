"""An ensemble: networks that were trained from different seeds, and what they predict together."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ._kernels.interface import Array
from .arguments.hyperparameters import as_count
from .errors import DTypeError, NumericError, ShapeError
from .layers.container import as_chain
from .losses import BinaryCrossEntropy, CrossEntropy, Loss, loss_for
from .metrics import Metric, get_metrics
from .network.facts import Facts
from .network.network import BATCH_SIZE
from .sequential import Sequential

if TYPE_CHECKING:
    from .training.history import History


class Ensemble:
    """Several networks of one architecture, which predict the mean of what each of them predicts.

    Classes have the mean of their probabilities, numbers their own mean. The mean is mostly better than each network
    is, and how far the networks are apart, their `spread`, tells where none of them knows.

    ``nnfs.save`` writes an ensemble to one file, and ``nnfs.load`` reads it.

    Parameters
    ----------
    networks : Sequential, or list of Sequential
        One network, of which ``count`` are made: new ones with the seeds ``seed``, ``seed + 1``, ..., whose first
        weights, but those of frozen layers, are drawn from them. Or several, which may be trained; they are not copied.
    count : int or None
        How many networks to make of one; None where several are given.

    Attributes
    ----------
    networks : list of Sequential

    Raises
    ------
    DTypeError, ValueError
        For what are no networks, or none.
    ShapeError
        For networks of different inputs, outputs or losses.
    """

    def __init__(self, networks: Sequential | Sequence[Sequential], count: int | None = None) -> None:
        if isinstance(networks, Sequential):
            if count is None:
                raise ValueError("Ensemble: say how many networks to make of one: nnfs.Ensemble(net, 5)")
            number = as_count(count, "Ensemble: count")
            networks = [with_seed(networks, networks.seed + index) for index in range(number)]
        elif count is not None:
            raise ValueError("Ensemble: count is for one network, of which others are made")
        if not isinstance(networks, list | tuple) or not all(isinstance(each, Sequential) for each in networks):
            raise DTypeError(f"Ensemble: networks must be a network, or a list of them, got {networks!r}")
        if not networks:
            raise ValueError("Ensemble: networks is empty")
        first = networks[0]
        for index, network in enumerate(networks):
            for name in ("input_shape", "output_shape", "dtype"):
                if getattr(network, name) != getattr(first, name):
                    raise ShapeError(
                        f"Ensemble: networks[{index}].{name} is {getattr(network, name)}, and that of networks[0] is "
                        f"{getattr(first, name)}; they must be equal"
                    )
            if repr(network.loss) != repr(first.loss):
                raise ShapeError(
                    f"Ensemble: networks[{index}] was trained with {network.loss}, and networks[0] with {first.loss}"
                )
        self.networks = list(networks)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one sample."""
        return self.networks[0].input_shape

    @property
    def output_shape(self) -> tuple[int, ...]:
        """The shape of the outputs for one sample."""
        return self.networks[0].output_shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of all numbers."""
        return self.networks[0].dtype

    @property
    def loss(self) -> Loss | None:
        """The loss that the networks were trained with."""
        return self.networks[0].loss

    @property
    def facts(self) -> Facts:
        """What the numbers stand for, see `Facts`: those of the first network."""
        return self.networks[0].facts

    def __len__(self) -> int:
        return len(self.networks)

    def __repr__(self) -> str:
        return f"Ensemble({self.networks[0]!r}, {len(self)})"

    def fit(self, x: Any, y: Any = None, *, workers: int | None = None, **arguments: Any) -> list[History]:
        """Train all networks at once, each on one thread, and return their histories.

        Parameters
        ----------
        x, y : array
            See `Sequential.fit`; not copied.
        workers : int or None
            How many networks train at once; None is as many as there are cores. It changes no bit of the result.
        **arguments
            Those of `Sequential.fit`; without ``verbose`` nothing is printed.

        Raises
        ------
        NumericError, ValueError, ...
            The first error of a network, after the others were ended; then no network of the ensemble has changed.
        """
        from .parallel import outcomes  # here, since a prediction needs none of it
        from .parallel.stop import Stop

        common = {"x": x, "verbose": 0} | ({} if y is None else {"y": y}) | arguments
        trained: dict[int, tuple[Sequential, History]] = {}
        for outcome in outcomes(_fit, self.networks, common, workers=workers, stop=Stop()):
            if outcome.error is not None:
                raise outcome.error
            trained[outcome.job] = outcome.value
        self.networks = [trained[index][0] for index in range(len(self))]
        return [trained[index][1] for index in range(len(self))]

    def predict(self, x: Any, *, batch_size: int = BATCH_SIZE) -> Array:
        """Return the outputs (N, *output_shape) of all networks together.

        They are the mean of the outputs or, with a loss for classes, the logits of the mean of the probabilities.
        """
        return self.joined(self._outputs(x, batch_size))

    def joined(self, outputs: Array) -> Array:
        """Return the outputs (N, *output_shape) of all networks together, given those of each, (K, N, ...) float64."""
        loss = self.loss
        if not isinstance(loss, CrossEntropy | BinaryCrossEntropy):
            return cast(Array, outputs.mean(axis=0)).astype(self.dtype)
        tiny = float(np.finfo(self.dtype).tiny)
        # Sums of what is small, so that the probability of the other answer keeps its digits.
        means = np.array([[_probability(loss, sign * each) for each in outputs] for sign in (1, -1)]).mean(axis=1)
        logits = np.log(np.maximum(means[0], tiny))
        if isinstance(loss, BinaryCrossEntropy):
            logits -= np.log(np.maximum(means[1], tiny))
        return logits.astype(self.dtype)

    def predict_proba(self, x: Any, *, batch_size: int = BATCH_SIZE) -> Array:
        """Return the mean probability of each class (N, K), for networks trained with a loss for classes."""
        return loss_for(None, self.loss, "predict_proba").probabilities(self.predict(x, batch_size=batch_size))

    def predict_classes(self, x: Any, *, batch_size: int = BATCH_SIZE) -> Array:
        """Return the class (N,) of the largest mean probability, int64."""
        return loss_for(None, self.loss, "predict_classes").classes(self.predict(x, batch_size=batch_size))

    def spread(self, x: Any, *, batch_size: int = BATCH_SIZE) -> Array:
        """Return how far the networks are apart: the standard deviation over them of each number of a prediction.

        With a loss for classes it is that of the probabilities, of the shape of `predict_proba`; else that of the
        outputs.
        """
        outputs, loss = self._outputs(x, batch_size), self.loss
        if isinstance(loss, CrossEntropy | BinaryCrossEntropy):
            outputs = np.array([loss.probabilities(each) for each in outputs])
        return cast(Array, outputs.std(axis=0)).astype(self.dtype)

    def evaluate(
        self,
        x: Any,
        y: Any = None,
        *,
        loss: str | Loss | None = None,
        metrics: Sequence[str | Metric] | None = None,
        sample_weight: Any = None,
        batch_size: int = BATCH_SIZE,
    ) -> dict[str, float]:
        """Return the loss and its metrics of all networks together; see `Sequential.evaluate`."""
        from .training.batches import as_batches
        from .training.evaluation import evaluate
        from .training.gate import Gate

        known = loss_for(loss, self.loss, "evaluate")
        functions = known.metrics if metrics is None else get_metrics(metrics)
        gate = Gate(self.networks[0], known)
        rows = as_count(batch_size, "evaluate: batch_size")
        batches = as_batches(x, y, sample_weight, gate, batch_size=rows if y is not None else None, default_size=rows)
        return evaluate(cast(Sequential, _Checked(self)), batches, known, functions)

    def _outputs(self, x: Any, batch_size: int) -> Array:
        """Return the outputs of each network (K, N, *output_shape), float64, so that means round only once."""
        return np.array([network.predict(x, batch_size=batch_size) for network in self.networks], np.float64)


class _Checked:
    """Run batches as an ensemble does, and raise an error that names the network whose outputs are not finite."""

    def __init__(self, ensemble: Ensemble) -> None:
        self.ensemble = ensemble

    def run_batches(self, x: Array, batch_size: int) -> Array:
        from .training.non_finite import non_finite_output

        networks = self.ensemble.networks
        each = np.array([network.run_batches(x, batch_size) for network in networks], np.float64)
        outputs = self.ensemble.joined(each)
        if not np.isfinite(outputs).all():
            for index, network in enumerate(networks):
                if not np.isfinite(each[index]).all():
                    text, facts = non_finite_output(network, x)
                    raise NumericError(f"networks[{index}]: the network's outputs are not finite: {text}", **facts)
        return outputs


def with_seed(network: Sequential, seed: int) -> Sequential:
    """Return a new network with the layers of a network and the first weights of another seed.

    Layers that are frozen keep their weights.
    """
    layers = as_chain(copy.deepcopy(list(network.layers)), "layers")
    for _, chain, index in layers.walk():
        chain[index].built_for = None
    new = Sequential(layers, network.input_shape, seed=seed, dtype=network.dtype)
    frozen = tuple(f"{name}." for name in network.layers.frozen)
    kept = {name: array for name, array in network.state_dict().items() if name.startswith(frozen)} if frozen else {}
    new.load_state_dict(new.state_dict() | kept)
    new.facts, new.loss = network.facts, network.loss
    return new


def _fit(network: Sequential, common: Mapping[str, Any]) -> tuple[Sequential, History]:
    trained = copy.deepcopy(network)
    callbacks = copy.deepcopy(list(common.get("callbacks", ())))
    return trained, trained.fit(**{**common, "callbacks": callbacks})


def _probability(loss: Loss, outputs: Array) -> Array:
    """Return the probability of each class, or of each yes: one for each output."""
    found = loss.probabilities(outputs)
    return found[:, -1:] if isinstance(loss, BinaryCrossEntropy) and outputs.shape[1] == 1 else found
