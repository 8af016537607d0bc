"""Recorded calls, made again: with new arguments in their places, and with Ctrl-C between two of them."""

from __future__ import annotations

import _thread
import signal
from types import SimpleNamespace

import numpy as np
import pytest

replay = pytest.importorskip("nnfs._kernels.machine.replay", exc_type=ImportError)


@pytest.fixture
def ctrl_c():
    """Let Ctrl-C raise KeyboardInterrupt: a shell lets programs in the background ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_calls_are_made_in_their_order_with_sources_in_their_places():
    made, left = [], {}
    functions = {"note": lambda *arguments, **named: made.append((arguments, named))}
    first, second = [1, None], [None, "z"]
    calls = [("note", first, ()), ("note", second, ("y", "z"))]
    x = np.arange(4)
    replay.play(functions, calls, [(first, 1, 1, None), (second, 0, 0, (2, 2)), (left, "x", 0, None)], [x, "key"])
    assert made[0] == ((1, "key"), {})
    assert made[1][1]["z"] == "z"
    np.testing.assert_array_equal(made[1][1]["y"], [[0, 1], [2, 3]])
    assert left["x"] is x


def test_ctrl_c_takes_effect_between_two_calls(ctrl_c):
    made = []
    functions = {"interrupt": _thread.interrupt_main, "note": made.append}
    with pytest.raises(KeyboardInterrupt):
        replay.play(functions, [("note", [1], ()), ("interrupt", [], ()), ("note", [2], ())], [], [])
    assert made == [1]


def test_an_error_ends_the_calls():
    made = []
    with pytest.raises(ZeroDivisionError):
        replay.play({"fail": divmod, "note": made.append}, [("fail", [1, 0], ()), ("note", [1], ())], [], [])
    assert not made


def test_a_fact_holds_while_the_attribute_is_that_very_object():
    value = [1]
    owner = SimpleNamespace(name=value)
    assert replay.holds([(owner, "name", value)])
    owner.name = [1]
    assert not replay.holds([(owner, "name", value)])
    assert replay.holds([])
