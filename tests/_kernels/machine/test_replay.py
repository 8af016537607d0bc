"""Recorded calls, made again: with new arguments in their places, and with Ctrl-C between two of them."""

from __future__ import annotations

import _thread
import signal
import threading
from types import SimpleNamespace

import numpy as np
import pytest

compiled = pytest.importorskip("nnfs._kernels.compiled", exc_type=ImportError)
replay = pytest.importorskip("nnfs._kernels.machine.replay", exc_type=ImportError)


@pytest.fixture
def ctrl_c():
    """Let Ctrl-C raise KeyboardInterrupt: a shell lets programs in the background ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def tape(calls, functions=None, places=(), left=(), words=()):
    """Return a tape of calls (function, arguments, keywords), and of bound kernels."""
    entries = [(None, [], (), call) if isinstance(call, replay.Bound) else (*call, None) for call in calls]
    return replay.Tape(functions or {}, entries, list(places), list(left), list(words))


def bound(function, *arguments, rehearsal=True, **named):
    """Return the kernel that a function would run."""
    with replay.Caught(rehearsal) as caught:
        function(*arguments, **named)
    (kernel,) = caught
    return kernel


@pytest.fixture
def dropout():
    """Return the compiled kernel, and arrays for it."""
    return compiled.kernels.dropout, np.arange(1, 7, dtype=np.float32), np.zeros(6, np.float32)


def test_calls_are_made_in_their_order_with_sources_in_their_places():
    made, left = [], {}
    functions = {"note": lambda *arguments, **named: made.append((arguments, named))}
    first, second = [1, None], [None, "z"]
    calls = [("note", first, ()), ("note", second, ("y", "z"))]
    x, key = np.arange(4), 7
    places = [(first, 1, 1, None), (second, 0, 0, (2, 2))]
    tape(calls, functions, places, [(left, "x", 0, None)]).play([x, key])
    assert made[0] == ((1, key), {})
    assert made[1][1]["z"] == "z"
    np.testing.assert_array_equal(made[1][1]["y"], [[0, 1], [2, 3]])
    assert left["x"] is x


def test_ctrl_c_takes_effect_between_two_calls(ctrl_c):
    made = []
    functions = {"interrupt": _thread.interrupt_main, "note": made.append}
    with pytest.raises(KeyboardInterrupt):
        tape([("note", [1], ()), ("interrupt", [], ()), ("note", [2], ())], functions).play([])
    assert made == [1]


def test_an_error_ends_the_calls():
    made = []
    with pytest.raises(ZeroDivisionError):
        tape([("fail", [1, 0], ()), ("note", [1], ())], {"fail": divmod, "note": made.append}).play([])
    assert not made


def test_a_rehearsal_runs_nothing_and_a_bound_kernel_runs_as_often_as_it_is_played(dropout):
    kernel, x, y = dropout
    played = tape([bound(kernel, x, 2**60, 0.5, y=y)])
    assert not y.any()
    wanted = np.zeros(6, np.float32)
    for scale in (1, 2):
        x *= scale
        kernel(x, 2**60, 0.5, y=wanted)
        played.play([])
        np.testing.assert_array_equal(y, wanted)


def test_addresses_and_numbers_are_written_among_the_arguments_of_a_bound_kernel(dropout):
    kernel, x, y = dropout
    found = bound(kernel, x, 2**60, 0.5, y=y, rehearsal=False)
    places = [(found, *found.words(x.ctypes.data), 0), (found, *found.words(2**60), 1)]
    played = tape([found], words=places)
    for other, key in ((x * 3, 2**61 + 5), (x * 5, 2**50)):
        wanted = np.zeros(6, np.float32)
        kernel(other, key, 0.5, y=wanted)
        played.play([other, key])
        np.testing.assert_array_equal(y, wanted)


def test_kernels_and_calls_take_turns(dropout):
    kernel, x, y = dropout
    seen = []
    note = ("note", [], ())
    tape([note, bound(kernel, x, 2**60, 0.0, y=y), note], {"note": lambda: seen.append(y.sum())}).play([])
    assert seen == [0, x.sum()]


def test_what_other_threads_run_is_not_caught(dropout):
    kernel, x, y = dropout
    with replay.Caught() as caught:
        thread = threading.Thread(target=kernel, args=(x, 1, 0.0), kwargs={"y": y})
        thread.start()
        thread.join()
    assert not caught
    np.testing.assert_array_equal(y, x)
    kernel(x, 1, 0.0, y=y)
    assert not caught


def test_an_error_of_a_kernel_ends_the_tape():
    labels, logits = np.zeros(2, np.int64), np.zeros((2, 3), np.float32)
    played = tape([bound(compiled.kernels.softmax_cross_entropy, logits, labels, dlogits=np.zeros_like(logits))])
    played.play([])
    labels[1] = 3
    with pytest.raises(ValueError, match=r"labels\[1\] must be from 0 to 2, got 3"):
        played.play([])


def test_too_many_sources_are_refused():
    with pytest.raises(ValueError, match="65 sources; at most 64"):
        tape([]).play([1] * 65)


def test_a_fact_holds_while_the_attribute_is_that_very_object():
    value = [1]
    owner = SimpleNamespace(name=value)
    assert replay.holds([(owner, "name", value)])
    owner.name = [1]
    assert not replay.holds([(owner, "name", value)])
    assert replay.holds([({"name": value}, "name", value)])
    assert not replay.holds([({"name": [1]}, "name", value)])
    assert replay.holds([])
