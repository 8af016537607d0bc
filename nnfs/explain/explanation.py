"""Explanation: every number of one pass of a network, and how each came about, forward and backward."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

import numpy as np

from .. import _kernels
from .._kernels.interface import Array
from ..arguments.arrays import as_batch, check_finite
from ..arguments.shapes import as_integer
from ..errors import ShapeError
from ..layers import Concat, Residual
from ..layers import Gate as GateLayer
from ..losses import Loss, loss_for
from ..network.network import Network
from ..training.gate import Gate
from .account import Account
from .backward import account_of_input, account_of_parameter, account_of_passing, next_of
from .difference import Difference
from .finite_differences import FiniteDifferences, Number
from .forward import account_of_output, known_links
from .layer_facts import facts_of, formula_of
from .loss import LossPass
from .recording import Record, Recording


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
            x = network.facts.prepared(x, network.dtype)
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
        if known is not None:
            self.network.loss = known
        self._differences: FiniteDifferences | None = None
        self._records = {name: node.record for name, node in recording.nodes.items()}
        self.layers = {name: facts_of(record, known is not None, training) for name, record in self._records.items()}

    def how(self, layer: str | int, index: Any, *, sample: int = 0) -> Account:
        """Return how one number of a layer's output came about: the terms of which it is the sum.

        Parameters
        ----------
        layer : str or int
            The layer's name, such as ``"0"`` or ``"1.body.0"``; a number is that of a layer of the network itself.
        index : int or tuple of int
            The place in one sample's output.
        sample : int
            Which sample of the batch.

        Raises
        ------
        UnsupportedError
            For a layer that is not one of nnfs, of which only its author knows.
        """
        record = self._record(layer)
        place = self._place(index, record.y, sample)
        return account_of_output(record, self._records, place, self.layers[record.name].formula, self.training)

    def number(self, layer: str | int | None, index: Any, *, of: str = "output", sample: int = 0) -> float:
        """Return one number of the pass; the arguments are those of `how_backward`."""
        name, of, place = self._number(layer, of, index, sample)
        if name is None:
            return float(self.x[place])
        record = self._records[name]
        arrays = {"output": record.y, "input": record.x} | self.layers[name].parameters
        return float(arrays[of][place])

    def how_backward(self, layer: str | int | None, index: Any, *, of: str = "output", sample: int = 0) -> Account:
        """Return how one gradient came about, by the chain rule: from the gradients at what the number goes into.

        Parameters
        ----------
        layer : str, int or None
            The layer's name; None for a number of x.
        index : int or tuple of int
            The place in one sample's output or input, or in the parameter.
        of : str
            "output", for which the layer that comes next tells how, or the loss behind the last one; "input", for
            which this layer does; or the name of a parameter, such as "weight", whose gradient is a sum over the batch.
        sample : int
            Which sample of the batch; without a meaning for parameters.

        Raises
        ------
        ValueError
            Where no targets were given.
        UnsupportedError
            For a layer or a loss that is not one of nnfs.
        """
        if self._loss_pass is None:
            raise ValueError("how_backward needs the targets: net.explain(x, y)")
        name, of, place = self._number(layer, of, index, sample)
        if name is None:
            name, of = "0", "input"
        elif of == "output":
            gradient = self._records[name].dy
            assert gradient is not None
            value = float(gradient[place])
            following, place = next_of(self._records, name, place)
            if following is None:
                return self._loss_pass.account_of_gradient(place)
            if name.startswith(f"{following.name}."):
                if type(following.layer) not in (Residual, Concat, GateLayer):
                    known_links(following)
                return account_of_passing(following, place, value, self.layers[following.name].formula)
            name, of = following.name, "input"
        record, facts = self._records[name], self.layers[name]
        if of == "input":
            return account_of_input(record, self._records, place, facts.formula, self.training)
        if facts.parameter_gradients is None:
            raise ValueError(f"layer {name!r}, {record.layer!r}, is frozen: the gradient of {of} is not computed")
        gradient = facts.parameter_gradients[of]
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
        known = self._known_pass("how_loss")
        return known.account(as_integer(sample, "index", 0, len(self.outputs) - 1))

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

    def finite_difference(
        self, layer: str | int | None, index: Any, *, of: str = "output", sample: int = 0
    ) -> Difference:
        """Return (L(v + h) - L(v - h)) / 2h for one number v, computed in float64: what its gradient should be.

        At a kink, such as a tie of a max pool, the slopes to both sides of v differ. Then ``above`` and ``below`` of
        the result tell both, and the gradient follows one side of each tie.

        Parameters
        ----------
        layer : str, int or None
            The layer's name; None for a number of x.
        index : int or tuple of int
            The place in one sample's output or input, or in the parameter.
        of : str
            "output", "input", or the name of a parameter, such as "weight".
        sample : int
            Which sample of the batch; without a meaning for parameters.
        """
        if self._known_loss is None or self.y is None:
            raise ValueError("finite_difference needs the targets: net.explain(x, y)")
        name, of, place = self._number(layer, of, index, sample)
        if self._differences is None:
            self._differences = FiniteDifferences(self.network, self.x, self.y, self._known_loss, self.training)
        return self._differences.of([Number(name, of, place)])[0]

    def _number(
        self, layer: str | int | None, of: str, index: Any, sample: int
    ) -> tuple[str | None, str, tuple[int, ...]]:
        """Return the layer's name, ``of``, and the place in the whole array; raise an error for what is not there."""
        if layer is None:
            return None, "output", self._place(index, self.x, sample)
        record = self._record(layer)
        parameters = self.layers[record.name].parameters
        if of in ("output", "input"):
            array = record.y if of == "output" else record.x
            fits = [name for name, value in parameters.items() if value.ndim == _places(index) != array.ndim - 1]
            return record.name, of, self._place(index, array, sample, f"; did you mean of={fits[0]!r}?" if fits else "")
        if of not in parameters:
            near = get_close_matches(str(of), ["output", "input", *parameters], 1)
            known = f"'output', 'input' or a parameter of the layer, {_names(parameters)}"
            if not parameters:
                known = "'output' or 'input', since the layer has no parameters"
            raise ValueError(f"of must be {known}; got {of!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
        return record.name, of, self._place(index, parameters[of], None)

    def _record(self, layer: str | int) -> Record:
        name = str(layer) if isinstance(layer, int | np.integer) and not isinstance(layer, bool) else layer
        if name in self._records:
            return self._records[name]
        hint = ""
        owner, _, of = name.rpartition(".") if isinstance(name, str) else ("", "", "")
        if owner in self._records:
            near = get_close_matches(of, self.layers[owner].parameters, 1)
            hint = f"; did you mean layer {owner!r}" + (f" with of={near[0]!r}?" if near else "?")
        raise ValueError(f"there is no layer {layer!r}; the layers are {_names(self._records)}{hint}")

    @staticmethod
    def _place(index: Any, array: Array, sample: int | None, hint: str = "") -> tuple[int, ...]:
        """Return a place in a whole array; raise ShapeError for one outside. ``sample`` None: the array has none."""
        index = tuple(index) if isinstance(index, tuple | list) else (index,)
        place = index if sample is None else (sample, *index)
        if len(place) != array.ndim:
            shape = array.shape if sample is None else array.shape[1:]
            raise ShapeError(f"index must have {len(shape)} places, one for each axis of {shape}, got {index}{hint}")
        return tuple(as_integer(i, "index", 0, size - 1) for i, size in zip(place, array.shape, strict=True))

    def __repr__(self) -> str:
        loss = "" if self.loss is None else f", loss {self.loss:.4g}"
        count = len(self.x)
        samples = f"{count} sample{'s' * (count != 1)}"
        return f"<Explanation of {samples}, {len(self.layers)} layers{loss}, kernels of {self.backend}>"


def _places(index: Any) -> int:
    return len(index) if isinstance(index, tuple | list) else 1


def _names(names: Any) -> str:
    return ", ".join(map(repr, names)) or "none"
