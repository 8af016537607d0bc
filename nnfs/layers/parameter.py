"""Parameters: arrays that training changes, each with its gradient."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, TypeVar

import numpy as np

from .._kernels import kernels
from .._kernels.interface import Array
from ..arguments.arrays import as_array
from ..arguments.elsewhere import PARAMETER
from ..errors import DTypeError, ShapeError
from ..system.memory import aligned_empty

Item = TypeVar("Item")


class Parameter:
    """Hold a value and its gradient, two arrays of one shape and type.

    In a network both are views of the network's two flat vectors. So assigning to ``value`` or ``grad`` writes into
    the array that is there; it raises ShapeError or DTypeError, and changes nothing, where the new one does not fit.
    """

    __slots__ = ("_grad", "_value")

    def __init__(self, value: Array) -> None:
        if not isinstance(value, np.ndarray):
            raise DTypeError(f"a parameter's value must be an array, got {value!r} of type {type(value).__name__}")
        self.bind(value, np.zeros_like(value))

    @property
    def value(self) -> Array:
        """What training changes."""
        return self._value

    @value.setter
    def value(self, new: Any) -> None:
        _write(new, self._value, "value")

    @property
    def grad(self) -> Array:
        """The derivative of the loss by ``value``, summed over all backward passes since it was cleared."""
        return self._grad

    @grad.setter
    def grad(self, new: Any) -> None:
        _write(new, self._grad, "grad")

    def bind(self, value: Array, grad: Array) -> None:
        """Live in these two arrays from now on, whatever they hold."""
        self._value, self._grad = value, grad

    if not TYPE_CHECKING:  # to a type checker every attribute would be there

        def __getattr__(self, name: str) -> NoReturn:
            fix = f"; {PARAMETER[name]}" if name in PARAMETER else ""
            raise AttributeError(f"a parameter has no attribute {name!r}{fix}")

        def __setattr__(self, name: str, value: Any) -> None:
            if name in PARAMETER:
                getattr(self, name)  # raises
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        return f"Parameter(shape={self.value.shape}, dtype={self.value.dtype})"

    def __str__(self) -> str:
        with np.errstate(all="ignore"):
            norm = math.sqrt(np.square(self.grad, dtype=np.float64).sum())
            is_usual = bool((np.abs(self.value) > 0.01).any())  # else rounding to four decimals would leave zeros
        numbers = np.array2string(
            self.value, precision=4, suppress_small=is_usual, threshold=100, edgeitems=2, max_line_width=100
        )
        return f"{self!r}, norm of grad {norm:.4g}\n{numbers}"


class ByName(dict[str, Item]):
    """Parameters or arrays by name, in a dict that is made each time it is asked for, so that it refuses new items.

    A copy of it is a plain dict.
    """

    what: ClassVar[str]
    array: ClassVar[str]
    """How an item's array is reached from the item."""

    def __missing__(self, name: Any) -> NoReturn:
        """Raise KeyError, which names the nearest item."""
        import difflib  # here, since few names are misspelt

        near = difflib.get_close_matches(str(name), self, 1)
        raise KeyError(f"no {name!r} in {self.what}" + (f"; did you mean {near[0]!r}?" if near else ""))

    def __setitem__(self, name: str, value: Any) -> NoReturn:
        """Raise TypeError: the network would never see it."""
        raise TypeError(
            f"{self.what}[{name!r}] cannot be replaced, the network would not follow; to fill it, write "
            f"net.{self.what}[{name!r}]{self.array}[...] = ..."
        )

    def __call__(self) -> NoReturn:
        """Raise TypeError: this is no method, as it is elsewhere."""
        raise TypeError(f"{self.what} is a dict, which is not called: write net.{self.what}.values()")

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)


class Parameters(ByName[Parameter]):
    """The parameters of a network or a layer by name."""

    what, array = "parameters", ".value"


class Buffers(ByName[Array]):
    """The arrays of a network by name that are no parameters."""

    what, array = "buffers", ""


class ParameterVector:
    """Lay the values of many parameters end to end in one vector, and their gradients in another.

    Clearing all gradients is then one fill, and an optimizer step one kernel call, whatever the number of layers.
    ``value`` and ``grad`` are 1-D arrays that this object owns; each parameter is given a view of them. A parameter
    that is given twice, as those of a layer that stands in a network twice, is there once. ``places`` tells where each
    parameter lies.
    """

    value: Array
    grad: Array
    places: dict[Parameter, slice]

    def __init__(self, parameters: Iterable[Parameter], dtype: np.dtype[Any]) -> None:
        parameters = {id(parameter): parameter for parameter in parameters}.values()
        size = sum(parameter.value.size for parameter in parameters)
        vars(self).update(value=aligned_empty(size, dtype), grad=aligned_empty(size, dtype), places={})
        self.clear_gradients()
        start = 0
        for parameter in parameters:
            shape, stop = parameter.value.shape, start + parameter.value.size
            view = self.value[start:stop].reshape(shape)
            view[...] = parameter.value
            self.places[parameter] = slice(start, stop)
            parameter.bind(view, self.grad[start:stop].reshape(shape))
            start = stop

    def __setattr__(self, name: str, value: Any) -> None:
        if vars(self).get(name) is not value:  # it is after `vector.value += 1`, which changes the array in place
            raise AttributeError(
                f"vector.{name} cannot be set, parameters point into its arrays; write {name}[...] = ..."
            )

    def clear_gradients(self) -> None:
        """Set every gradient to 0."""
        # By a kernel: its threads find in their caches what they cleared, when they add to it.
        kernels.fill(np.zeros(1, self.grad.dtype), out=self.grad)


def _write(new: Any, array: Array, name: str) -> None:
    new = as_array(new, array.dtype, f"a parameter's {name}")
    if new.shape != array.shape:
        raise ShapeError(
            f"a parameter's {name} has shape {array.shape}, got {new.shape}; to fill it: {name}[...] = ..."
        )
    array[...] = new
