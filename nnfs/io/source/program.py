"""A network as a list of steps, each of which is one function of arrays: what a program in another language runs."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..._kernels.interface import Array
from ...arguments.shapes import Shape
from ...errors import NumericError
from ...layers import Normalization
from ...layers.parameter import Parameter
from ...sequential import Sequential
from . import functions

LARGEST_DIFFERENCE = {np.dtype(np.float32): 1e-4, np.dtype(np.float64): 1e-9}
"""The allowed difference, relative to the largest output: far above rounding, far below a wrong padding."""


class Step(NamedTuple):
    """Describe one call of a function of `functions`.

    Attributes
    ----------
    layer : str
        The place of the layer in the network, and the layer: ``0 Conv2D(8, 3)``.
    function : str
        The name of the function.
    inputs : tuple of int
        The values that it reads, by number; value 0 is the input of the network.
    output : int
        The value that it makes.
    arrays : tuple of str or None
        The arrays that it reads behind the inputs, by name; None for a bias that is not there.
    arguments : dict
        Its further arguments, by name.
    """

    layer: str
    function: str
    inputs: tuple[int, ...]
    output: int
    arrays: tuple[str | None, ...]
    arguments: dict[str, Any]


class Program:
    """Collect the steps of a network; each reads the output of the one before, unless ``value`` is changed.

    Attributes
    ----------
    network : Sequential
        Not modified.
    steps : list of Step
        In the order of their calls.
    shapes : list of tuple
        The shape of each value, of one sample; value 0 is the input of the network.
    arrays : dict of ndarray
        The weights and statistics that the steps read, under the names of `Sequential.state_dict`.
    value : int
        The value that the next step reads, and in the end the output of the network.
    layer : str
        The layer whose steps are added.
    """

    def __init__(self, network: Sequential) -> None:
        self.network = network
        self.steps: list[Step] = []
        self.shapes: list[Shape] = [network.input_shape]
        self.arrays: dict[str, Array] = {}
        self.value = 0
        self.layer = ""
        # A layer may occur twice in the network; its weights are written once.
        self._names: dict[int, str] = {}
        for name, held in (*network.parameters.items(), *network.buffers.items()):
            self._names.setdefault(id(held), name)

    def add(
        self,
        function: str,
        *arrays: Parameter | Array | None,
        shape: Shape,
        inputs: tuple[int, ...] | None = None,
        **arguments: Any,
    ) -> None:
        """Add a step that reads ``value`` or the given ``inputs``; its output becomes the new ``value``.

        Raises NumericError for numbers that are not finite.
        """
        names = tuple(None if array is None else self._name(array) for array in arrays)
        output = len(self.shapes)
        self.shapes.append(shape)
        self.steps.append(Step(self.layer, function, inputs or (self.value,), output, names, arguments))
        self.value = output

    def _name(self, array: Parameter | Array) -> str:
        name = self._names[id(array)]
        values = array.value if isinstance(array, Parameter) else array
        if not np.isfinite(values).all():
            raise NumericError(f"{name} holds numbers that are not finite; nothing was saved")
        self.arrays[name] = values
        return name

    def last_uses(self) -> dict[int, int]:
        """Return for each value the number of the last step that reads it; the output of the network is read last."""
        uses = {value: number for number, step in enumerate(self.steps) for value in step.inputs}
        return uses | {self.value: len(self.steps)}

    def run(self, x: Array) -> Array:
        """Return the outputs for a batch x (N, ...), computed by `functions` in the dtype of x."""
        values = {0: x}
        arrays: dict[str | None, Any] = {name: array.astype(x.dtype) for name, array in self.arrays.items()}
        last = self.last_uses()
        with np.errstate(all="ignore"):
            for number, step in enumerate(self.steps):
                inputs = [values[value] for value in step.inputs]
                weights = [arrays.get(name) for name in step.arrays]
                values[step.output] = getattr(functions, step.function)(*inputs, *weights, **step.arguments)
                for value in {*step.inputs, step.output}:
                    if last.get(value, -1) <= number:
                        del values[value]
        return values[self.value]


class Sample(NamedTuple):
    """Hold one sample and the output for it, with which a program checks itself, and the difference that is allowed."""

    x: Array
    y: Array
    allowed: float


def check(program: Program) -> Sample:
    """Run the steps on one sample, compare the output with the network's, and return both, of the network's dtype.

    The output is computed in float64 and rounded, so that a file is the same whatever machine writes it.

    Raises NumericError when the outputs differ by more than rounding.
    """
    network = program.network
    # The sample is in the range of pixels, because a network that knows its data warns about other numbers.
    x = np.random.default_rng(0).uniform(-1, 1, (1, *network.input_shape))
    first = network.layers[0]
    if isinstance(first, Normalization):  # a table in units of its own: a sample near the mean
        shape = (-1, *(1,) * (len(network.input_shape) - 1))
        x = first.mean.reshape(shape) + x * first.scale.reshape(shape)
    x = x.astype(network.dtype)
    y = program.run(x.astype(np.float64))
    wanted = network.predict(x)
    allowed = LARGEST_DIFFERENCE[network.dtype] * max(1.0, float(np.abs(y).max()))
    difference = float(np.abs(y - wanted).max())
    if y.shape != wanted.shape or not difference <= allowed:
        raise NumericError(
            f"save: the program's output differs by {difference:.2g} from the network's, where {allowed:.2g} is "
            "allowed; nothing was written"
        )
    return Sample(x[0], y[0].astype(network.dtype), allowed)
