"""What functions of the user's can be called with."""

from __future__ import annotations

import pytest

from nnfs import Dense, Sequential
from nnfs.arguments.functions import takes


class WithState:
    def __call__(self, x, rng=None):
        return x


@pytest.mark.parametrize("function", [lambda x, y: x, lambda *given: given, WithState(), max])
def test_a_function_takes_as_many_arguments_as_it_can_be_called_with(function):
    assert takes(function, 2)


@pytest.mark.parametrize("function", [lambda x: x, Dense(1), Sequential([Dense(1)], 1), "accuracy", None])
def test_others_do_not(function):
    assert not takes(function, 2)
