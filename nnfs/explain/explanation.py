"""Explanation: every number of one pass of a network, and how each came about, forward and backward."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .. import _kernels
from .._kernels.interface import Array
from ..arguments.arrays import as_batch, check_finite
from ..arguments.shapes import as_integer
from ..errors import ShapeError
from ..layers import Layer
from ..layers.container import Container
from ..losses import Loss, loss_for
from ..network.network import Network
from ..training.gate import Gate
from .account import Account
from .backward import account_of_input, account_of_parameter
from .forward import account_of_output
from .loss import LossPass
from .recording import Record, Recording, in_double

STEP = 1e-6
"""How far finite differences go to each side, in float64."""


@dataclass(frozen=True)
class LayerFacts:
    """What one layer did in a pass. Arrays belong to the explanation; gradients are None without targets.

    Attributes
    ----------
    name : str
        Its place: ``0``, ``1``, or ``1.body.0`` for a layer within another one.
    layer : Layer
        A copy of the layer.
    type, text, formula : str
        Its class, how it is written in Python, and what its documentation says that it computes.
    source : str
        The file and line of its class; "" where it has no file.
    input, output, input_gradient, output_gradient : ndarray
        Arrays (N, ...); the gradients are those of the loss.
    scale : ndarray or None
        By what dropout has multiplied each number of its input (N, ...) in training; None else.
    parameters, parameter_gradients, buffers : dict of ndarray
        By name, without those of layers within this one.
    """

    name: str
    layer: Layer
    type: str
    text: str
    formula: str
    source: str
    input: Array
    output: Array
    input_gradient: Array | None
    output_gradient: Array | None
    scale: Array | None
    parameters: dict[str, Array]
    parameter_gradients: dict[str, Array] | None
    buffers: dict[str, Array]


class Explanation:
    """Show a pass of a network, number by number; `nnfs.Sequential.explain` makes one.

    The numbers are those of the pass at the time of the call, by the kernels then in use, layer by layer, without
    fusion. Later changes of the network do not change them.

    Attributes
    ----------
    x, outputs : ndarray
        Input and output of the network (N, ...).
    y, loss, input_gradient : ndarray, float, ndarray
        Targets, the mean loss of the batch, and its gradient at x; None without targets.
    loss_name, formula : str or None
        How the loss is written in Python, and what its documentation says.
    network : Network
        A copy of the network, which computed the numbers; its nodes are recorded, and it is of no other use.
    layers : dict of LayerFacts
        By name, in the order in which they stand in the network; a layer within another one stands behind it.
    backend : str
        Whose kernels computed: "numpy" is the reference.
    training : bool
        Whether dropout drops and batches are normalized by themselves, as in training.
    """

    def __init__(self, network: Network, x: Any, y: Any = None, *, loss: str | Loss | None, training: bool) -> None:
        known, targets = None, None
        if y is None:
            network.facts.check_input(x, "x", network.dtype)
            x = as_batch(x, network.input_shape, network.dtype)
        else:
            known = loss_for(loss, network.loss, "explain")
            known.check_last_layer(network.layers[-1])
            x, targets, _ = Gate(network, known).check(x, y)
        if not len(x):
            raise ShapeError("explain: x has no rows; give at least one sample: x[:1]")
        check_finite(x, "x")
        recording = Recording(network)
        self.x, self.y = x.copy(), None if targets is None else targets.copy()
        self.training, self.backend = training, _kernels.backend
        outputs, workspace = recording.forward(x, training)
        self.outputs = outputs.copy()
        self.loss: float | None = None
        self.formula: str | None = None
        self.loss_name: str | None = None
        self.input_gradient: Array | None = None
        self._loss_pass: LossPass | None = None
        if known is not None and self.y is not None:
            self.loss, gradient, self.input_gradient = recording.backward(self.outputs, self.y, known, workspace)
            self.formula, self.loss_name = formula_of(type(known)), repr(known)
            last = str(len(network.layers) - 1)
            self._loss_pass = LossPass(known, self.outputs, self.y, gradient, last, self.formula)
        self._known_loss, self.network = known, recording.network
        self._double: Recording | None = None
        self._records = {name: node.record for name, node in recording.nodes.items()}
        self.layers = {name: _facts(record, known is not None, training) for name, record in self._records.items()}

    def how(self, layer: str, index: Any, *, sample: int = 0) -> Account:
        """Return how one number of a layer's output came about: the terms of which it is the sum.

        Parameters
        ----------
        layer : str
            The layer's name, such as ``"0"`` or ``"1.body.0"``.
        index : int or tuple of int
            The place in one sample's output.
        sample : int
            Which sample of the batch.

        Raises
        ------
        UnsupportedError
            For a layer that is not one of nnfs: only its author knows.
        """
        record = self._record(layer)
        place = self._place(index, record.y, sample)
        return account_of_output(record, self._records, place, self.layers[layer].formula, self.training)

    def how_backward(self, layer: str, index: Any, *, of: str = "input", sample: int = 0) -> Account:
        """Return how one gradient came about, by the chain rule: from the gradients at the layer's output.

        Parameters
        ----------
        layer : str
            The layer's name.
        index : int or tuple of int
            The place in one sample's input, or in the parameter.
        of : str
            "input", or the name of a parameter, such as "weight", whose gradient is a sum over the batch.
        sample : int
            Which sample of the batch; without a meaning for parameters.

        Raises
        ------
        ValueError
            Where no targets were given.
        UnsupportedError
            For a layer that is not one of nnfs.
        """
        record, facts = self._record(layer), self.layers[layer]
        if self.loss is None:
            raise ValueError("how_backward needs the targets: net.explain(x, y)")
        if of == "input":
            place = self._place(index, record.x, sample)
            return account_of_input(record, self._records, place, facts.formula, self.training)
        gradient = (facts.parameter_gradients or {}).get(of)
        if gradient is None:
            raise ValueError(f"of must be 'input' or a parameter of the layer, {_names(facts.parameters)}; got {of!r}")
        place = self._place(index, gradient, None)
        records = [each for each in self._records.values() if each.layer is record.layer]
        return account_of_parameter(records, of, place, float(gradient[place]), facts.formula, self.training)

    def how_loss(self, *, sample: int = 0) -> Account:
        """Return how the loss of one sample came about from the outputs; `loss` is the mean over all samples.

        Raises
        ------
        ValueError
            Where no targets were given.
        UnsupportedError
            For a loss that is not one of nnfs.
        """
        return self._known_pass("how_loss").account(
            self._place((), self.outputs.reshape(len(self.outputs), -1)[:, 0], sample)[0]
        )

    def how_loss_backward(self, index: Any, *, sample: int = 0) -> Account:
        """Return how the gradient of the loss at one number of the network's output came about.

        Parameters
        ----------
        index : int or tuple of int
            The place in one sample's output.
        sample : int
            Which sample of the batch.

        Raises
        ------
        ValueError
            Where no targets were given.
        UnsupportedError
            For a loss that is not one of nnfs.
        """
        return self._known_pass("how_loss_backward").account_of_gradient(self._place(index, self.outputs, sample))

    def _known_pass(self, method: str) -> LossPass:
        if self._loss_pass is None:
            raise ValueError(f"{method} needs the targets: net.explain(x, y)")
        return self._loss_pass

    def finite_difference(self, layer: str | None, index: Any, *, of: str = "output", sample: int = 0) -> float:
        """Return (L(v + h) - L(v - h)) / 2h for one number v, computed in float64: what its gradient should be.

        Where v is at a kink, such as that of ReLU, the two may differ.

        Parameters
        ----------
        layer : str or None
            The layer's name; None for a number of x.
        index : int or tuple of int
            The place in one sample's output, or in the parameter.
        of : str
            "output", or the name of a parameter.
        sample : int
            Which sample of the batch; without a meaning for parameters.
        """
        if self._known_loss is None:
            raise ValueError("finite_difference needs the targets: net.explain(x, y)")
        if self._double is None:
            self._double = Recording(in_double(self.network))
            self._double.random = Recording(self.network).random
        x, nudged = self.x.astype(np.float64), None
        if layer is None:
            nudged, place = x, self._place(index, x, sample)
        elif of == "output":
            place = self._place(index, self._record(layer).y, sample)
        else:
            parameters = self.layers[layer].parameters if self._record(layer) else {}
            if of not in parameters:
                raise ValueError(f"of must be 'output' or a parameter of the layer, {_names(parameters)}; got {of!r}")
            nudged = self._double.nodes[layer].record.layer.parameters[of].value
            place = self._place(index, nudged, None)
        losses = []
        for step in (STEP, -STEP):
            if nudged is None:
                assert layer is not None
                self._double.nodes[layer].nudge = place, step
            else:
                before = nudged[place]
                nudged[place] = before + step
            try:
                losses.append(self._loss_in_double(x))
            finally:
                if nudged is None:
                    assert layer is not None
                    self._double.nodes[layer].nudge = None
                else:
                    nudged[place] = before
        return (losses[0] - losses[1]) / (2 * STEP)

    def _loss_in_double(self, x: Array) -> float:
        assert self._double is not None
        assert self._known_loss is not None
        assert self.y is not None
        outputs, _ = self._double.forward(x, self.training)
        targets = self.y if self.y.dtype.kind in "iu" else self.y.astype(np.float64)
        return self._known_loss(outputs, targets, gradient=np.empty_like(outputs))

    def _record(self, layer: str) -> Record:
        if layer not in self._records:
            raise ValueError(f"there is no layer {layer!r}; the layers are {_names(self._records)}")
        return self._records[layer]

    @staticmethod
    def _place(index: Any, array: Array, sample: int | None) -> tuple[int, ...]:
        """Return a place in a whole array; raise ShapeError for one outside. ``sample`` None: the array has none."""
        index = tuple(index) if isinstance(index, tuple | list) else (index,)
        place = index if sample is None else (sample, *index)
        if len(place) != array.ndim:
            shape = array.shape if sample is None else array.shape[1:]
            raise ShapeError(f"index must have {len(shape)} places, one for each axis of {shape}, got {index}")
        return tuple(as_integer(i, "index", 0, size - 1) for i, size in zip(place, array.shape, strict=True))

    def __repr__(self) -> str:
        loss = "" if self.loss is None else f", loss {self.loss:.4g}"
        return f"<Explanation of {len(self.x)} samples, {len(self.layers)} layers{loss}, kernels of {self.backend}>"


def formula_of(kind: type) -> str:
    """Return what the documentation of a class says before its first section."""
    return (inspect.getdoc(kind) or "").split("\n\nParameters\n---")[0].replace("::\n", ":\n")


def source_of(kind: Any) -> str:
    """Return the file and the line of a class or function, that of nnfs from its package on; "" where it has none."""
    try:
        file, line = inspect.getsourcefile(kind), inspect.getsourcelines(kind)[1]
    except (OSError, TypeError):
        return ""
    path = Path(str(file))
    if kind.__module__.partition(".")[0] == __name__.partition(".")[0]:
        path = Path(*kind.__module__.split(".")).with_suffix(".py")
    return f"{path.as_posix()}:{line}"


def _facts(record: Record, has_gradients: bool, training: bool) -> LayerFacts:
    layer = record.layer
    inner = layer.chains if isinstance(layer, Container) else {}
    own = {name: p for name, p in layer.parameters.items() if not name.startswith(tuple(f"{c}." for c in inner))}
    return LayerFacts(
        name=record.name,
        layer=layer,
        type=type(layer).__name__,
        text=repr(layer),
        formula=formula_of(type(layer)),
        source=source_of(type(layer)),
        input=record.x,
        output=record.y,
        input_gradient=record.dx,
        output_gradient=record.dy,
        scale=record.scale if training else None,
        parameters={name: parameter.value.copy() for name, parameter in own.items()},
        parameter_gradients={name: p.grad.copy() for name, p in own.items()} if has_gradients else None,
        buffers={} if inner else {name: array.copy() for name, array in layer.buffers.items()},
    )


def _names(names: Any) -> str:
    return ", ".join(map(repr, names)) or "none"
