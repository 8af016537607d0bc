"""Ctrl-C never leaves half a step, wherever in the step the signal arrives."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import nnfs
from nnfs import BatchNorm, Dense, Dropout, Sequential, Trainer
from nnfs.callbacks import Callback, EarlyStopping
from nnfs.network import replay
from nnfs.network.recording import KERNELS
from nnfs.optimizers import SGD, Adam, RMSprop
from nnfs.system.interrupts import HeldInterrupts

PACKAGE = str(Path(nnfs.__file__).parent)
X, Y = np.random.default_rng(0).normal(size=(12, 4)).astype("f4"), np.arange(12) % 3


@pytest.fixture(autouse=True)
def listening():
    """Let SIGINT raise KeyboardInterrupt; a process that a shell started in the background would ignore SIGINT."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def press():
    os.kill(os.getpid(), signal.SIGINT)


def make():
    return Sequential([Dropout(0.2), BatchNorm(), Dense(3)], 4, seed=1)


def interrupt():
    raise KeyboardInterrupt


def interrupted_at(moment, call, interrupt=press):
    """Call a function, interrupt it after ``moment`` lines of nnfs, and return the lines that it ran."""
    lines = []

    def trace(frame, event, argument):
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        if event == "line":
            lines.append((frame.f_code, frame.f_lineno))
            if len(lines) - 1 == moment:
                interrupt()
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    except KeyboardInterrupt:
        assert moment is not None
    finally:
        sys.settrace(before)
    return lines


def moments(call):
    """Return when a function runs a line of nnfs for the first or the last time; between them a loop only repeats."""
    lines = interrupted_at(None, call)
    assert len(lines) > 100
    last = {line: moment for moment, line in enumerate(lines)}
    first = {line: len(lines) - 1 - moment for moment, line in enumerate(reversed(lines))}
    return sorted({*first.values(), *last.values()})


def state(trainer):
    arrays = trainer.network.state_dict() | trainer.memory
    return {name: array.tobytes() for name, array in arrays.items()}, trainer.steps


def test_a_step_that_is_interrupted_at_any_line_is_whole_or_not_begun(backend):
    def begin():
        return Trainer(make(), loss="cross_entropy", optimizer=Adam(0.1))

    trainer = begin()
    before = state(trainer)
    all_moments = moments(lambda: trainer.step(X, Y))
    after = state(trainer)
    found = []
    for moment in all_moments:
        trainer = begin()
        interrupted_at(moment, lambda trainer=trainer: trainer.step(X, Y))
        assert state(trainer) in (before, after)
        found.append(state(trainer) == after)
    assert set(found) == {False, True}
    assert found == sorted(found)  # up to some moment the step was not begun, after it the step is whole


@pytest.mark.skipif(not replay.is_enabled(), reason="NNFS_REPLAY=0, or nothing was compiled")
def test_passes_are_recorded_after_one_that_was_interrupted_at_any_line():
    def begin():
        net = Sequential([Dense(3)], 4, seed=1)
        workspace = net.workspace()
        net.forward(X, workspace)
        return workspace, lambda: net.forward(X, workspace)

    own = dict(KERNELS)
    for moment in moments(begin()[1]):
        interrupted_at(moment, begin()[1], interrupt)
        KERNELS.update(own)  # a trace interrupts even the line that puts the kernels back
        workspace, forward = begin()
        forward()
        assert workspace.recording is not None


OPTIMIZERS = {
    "sgd": lambda: SGD(0.1),
    "nesterov": lambda: SGD(0.1, momentum=0.9, nesterov=True),
    "adam": lambda: Adam(0.1),
    "rmsprop": lambda: RMSprop(0.1),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_step_with_an_exception_at_any_line_is_whole_or_not_begun(backend, optimizer):
    def begin():
        trainer = Trainer(make(), loss="cross_entropy", optimizer=OPTIMIZERS[optimizer]())
        trainer.step(X, Y)  # so that the memory is not empty
        return trainer, lambda: trainer.run_step(X, Y)

    trainer, step = begin()
    before = state(trainer)
    all_moments = moments(step)
    after = state(trainer)
    for moment in all_moments:
        trainer, step = begin()
        interrupted_at(moment, step, interrupt)
        assert state(trainer) in (before, after)


def test_an_interrupted_fit_keeps_the_last_step_and_its_loss(backend):
    def begin():
        trainer, seen = Trainer(make(), loss="cross_entropy", optimizer=SGD(0.1)), []
        callback = type("Keep", (Callback,), {"on_train_begin": lambda self, training: seen.append(training)})()
        arguments = {"batch_size": 4, "epochs": 1, "verbose": 0, "callbacks": [callback]}
        return trainer, seen, lambda: trainer.fit(X, Y, **arguments)

    whole = [state(begin()[0])]
    trainer, _, fit = begin()
    step = Trainer.run_step
    Trainer.run_step = lambda self, *arguments: (step(self, *arguments), whole.append(state(self)))[0]
    try:
        all_moments = moments(fit)
    finally:
        Trainer.run_step = step
    assert len(whole) == 4
    for moment in all_moments[::4]:
        trainer, seen, fit = begin()
        interrupted_at(moment, fit)
        assert state(trainer) == whole[trainer.steps]
        if seen:
            training = seen[0]
            assert len(training.history.step_losses) == training.trainer.steps
            assert training.batch == training.trainer.steps or training.epoch == 1


@pytest.mark.parametrize("optimizer", [SGD, Adam])
def test_an_interrupted_update_is_finished_first(backend, optimizer):
    class Interrupted(optimizer):
        def update(self, *arguments):
            press()
            super().update(*arguments)

    net = make()
    trainer = Trainer(net, loss="cross_entropy", optimizer=Interrupted(0.1))
    before = net.state_dict()
    with pytest.raises(KeyboardInterrupt):
        trainer.step(X, Y)
    assert trainer.steps == 1
    moved = {name: not np.array_equal(values, before[name]) for name, values in net.state_dict().items()}
    assert moved["2.weight"] is moved["1.running_mean"] is True


def test_an_error_after_the_interrupt_still_restores_the_statistics(backend):
    net = make()
    before = net.state_dict()
    trainer = Trainer(net, loss="cross_entropy", optimizer=SGD(lambda step: "fast"))
    with pytest.raises(TypeError, match="learning_rate at step 0"):
        trainer.step(X, Y)
    for name, values in net.state_dict().items():
        np.testing.assert_array_equal(values, before[name])


def test_an_interrupt_does_not_stop_the_restoring_of_the_best_weights(monkeypatch):
    net, loads = make(), []
    load = Sequential.load_state_dict

    def slow(self, weights):
        press()
        load(self, weights)
        loads.append(weights)

    monkeypatch.setattr(Sequential, "load_state_dict", slow)
    with pytest.raises(KeyboardInterrupt):
        net.fit(X, Y, loss="cross_entropy", epochs=2, verbose=0, callbacks=[EarlyStopping("loss")])
    assert len(loads) == 1


# The handler


def test_a_second_interrupt_takes_effect_at_once():
    reached = []

    def hang():
        with HeldInterrupts():
            for _ in range(3):
                press()
                reached.append(True)

    with pytest.raises(KeyboardInterrupt):
        hang()
    assert len(reached) == 1


def test_the_handler_of_the_program_is_called_and_comes_back():
    calls = []
    before = signal.signal(signal.SIGINT, lambda number, frame: calls.append(number))
    own = signal.getsignal(signal.SIGINT)
    try:
        with HeldInterrupts() as interrupts:
            press()
            assert calls == []
            interrupts.release()
            assert calls == [signal.SIGINT]
            press()
            assert calls == [signal.SIGINT] * 2
            interrupts.hold()
            press()
        assert calls == [signal.SIGINT] * 3
        assert signal.getsignal(signal.SIGINT) is own
    finally:
        signal.signal(signal.SIGINT, before)


def test_an_interrupt_that_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with HeldInterrupts():
            press()
            assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_another_thread_sets_no_handler():
    found = []

    def look():
        with HeldInterrupts():
            found.append(signal.getsignal(signal.SIGINT))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [before]
