"""L-BFGS: a few large steps on all samples, each along a direction that earlier gradients bend, as far as is good."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import ClassVar

import numpy as np

from .._kernels.interface import Array
from ..arguments.hyperparameters import as_count, as_number
from ..system.floating_point import quietly
from .optimizer import Optimizer
from .wolfe import Point, search


class LBFGS(Optimizer):
    """L-BFGS: quasi-Newton steps of limited memory, for full batches of networks that are not large.

    Each iteration goes along d = -H grad, where H stands for the inverse of the matrix of second derivatives, as the
    last ``history`` changes of parameters and gradients tell it (two-loop recursion), and so far that both conditions
    of Wolfe hold: |slope| falls to 0.9 of what it was, and the loss falls with it. A training step takes up to
    ``iterations`` of them, and ends sooner where no number of the gradient is above ``tolerance`` or rounding hides all
    progress; then an epoch more changes nothing.

    It needs one function of the parameters, the loss of all samples: ``fit`` takes all of them in each step (with
    ``batch_size`` and ``accumulate``, in parts), and dropout, augmentation, clipping and batches that are not the whole
    are errors. Batch normalization's running statistics follow every evaluation of the loss.

    Source: Nocedal and Wright, Numerical Optimization, 2006, algorithms 7.4, 7.5, 3.5 and 3.6.

    Parameters
    ----------
    learning_rate : float or schedule
        The length, in units of d, that each search for a step begins with; 1 is right, since d has a length of its own.
    iterations : int
        How many iterations a training step takes at most.
    history : int
        How many changes are remembered.
    tolerance : float
        >= 0.
    weight_decay : float
        >= 0; adds weight_decay / 2 times the sum of all squared parameters that train to what is made small.
    """

    name = "lbfgs"
    needs_all_samples: ClassVar[bool] = True

    def __init__(
        self,
        learning_rate: float = 1.0,
        *,
        iterations: int = 20,
        history: int = 10,
        tolerance: float = 1e-7,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(learning_rate, weight_decay)
        self.iterations = as_count(iterations, "LBFGS: iterations")
        self.history = as_count(history, "LBFGS: history")
        self.tolerance = as_number(tolerance, "LBFGS: tolerance", minimum=0)

    def memory(self, value: Array) -> dict[str, Array]:
        """Return the memory: the changes of parameters and of gradients (history, P), float64, and how many there are.

        The latest stand first.
        """
        shape = (self.history, value.size)
        return {"moves": np.zeros(shape), "turns": np.zeros(shape), "count": np.zeros((), np.int64)}

    @quietly
    def minimize(
        self,
        evaluate: Callable[[Array], Point],
        value: Array,
        memory: dict[str, Array],
        step: int,
        rounding: float,
    ) -> Array:
        """Take the iterations of one training step, and return the parameters (P,) to go to.

        Parameters
        ----------
        evaluate : function
            Returns the loss and its gradient at parameters (P,), float64, or where they are rounded to. The gradient is
            0 for those that do not train.
        value : ndarray of float64, shape (P,)
            Where to begin; not modified.
        memory : dict of str to ndarray
            The result of `memory`, as the last step left it; overwritten.
        step : int
            The number of the training step, counted from 0.
        rounding : float
            How large the error of a loss may be, as a share of it.
        """
        here, first = evaluate(value), self.rate(step)
        for _ in range(self.iterations):
            if not here.gradient.size or np.abs(here.gradient).max() <= self.tolerance:
                break
            direction = _direction(here.gradient, memory)
            slope = float(direction @ here.gradient)
            if not slope < 0:  # rounding has spoilt what is remembered
                memory["count"][...] = 0
                direction, slope = -here.gradient, -float(here.gradient @ here.gradient)
            # Without a memory, d has no length of its own.
            length = first if memory["count"] else first * min(1.0, 1 / float(np.abs(here.gradient).sum()))
            there = search(_along(evaluate, here.at, direction), here, direction, length, rounding)
            if there is None:
                if not memory["count"]:
                    break
                memory["count"][...] = 0  # another try, straight downhill
                continue
            _remember(there.at - here.at, there.gradient - here.gradient, memory)
            falls = here.loss - there.loss
            here = there
            if falls <= rounding * abs(here.loss):
                break
        return here.at


def _along(evaluate: Callable[[Array], Point], start: Array, direction: Array) -> Callable[[float], Point]:
    return lambda distance: evaluate(start + distance * direction)


def _direction(gradient: Array, memory: dict[str, Array]) -> Array:
    """Return -H gradient by the two-loop recursion, algorithm 7.4."""
    count = int(memory["count"])
    moves, turns = memory["moves"][:count], memory["turns"][:count]
    direction = -gradient
    if not count:
        return direction
    shares = []
    for move, turn in zip(moves, turns, strict=True):
        shares.append(float(move @ direction) / float(move @ turn))
        direction -= shares[-1] * turn
    direction *= float(moves[0] @ turns[0]) / float(turns[0] @ turns[0])
    for move, turn, share in zip(moves[::-1], turns[::-1], shares[::-1], strict=True):
        direction += (share - float(turn @ direction) / float(move @ turn)) * move
    return direction


def _remember(move: Array, turn: Array, memory: dict[str, Array]) -> None:
    """Put a change of the parameters and that of the gradient before the others, where it bends upward."""
    bend = float(move @ turn)
    if not (math.isfinite(bend) and bend > np.finfo(np.float64).eps * float(turn @ turn)):
        return
    for name, change in (("moves", move), ("turns", turn)):
        memory[name][1:] = memory[name][:-1].copy()
        memory[name][0] = change
    memory["count"][...] = min(int(memory["count"]) + 1, len(memory["moves"]))
