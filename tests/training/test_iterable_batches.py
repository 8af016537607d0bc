from itertools import cycle, islice

import numpy as np
import pytest
from trainings import fit, problem, small_net

from nnfs import DTypeError, NumericError, ShapeError, Trainer
from nnfs.callbacks import Callback, Checkpoint
from nnfs.data import Loader
from nnfs.optimizers import SGD


class Again:
    """Give the same batches at each pass, and no length."""

    def __init__(self, batches):
        self.batches = batches

    def __iter__(self):
        return iter(self.batches)


def test_any_iterable_of_batches_will_do(backend):
    x, y = problem()
    batches = [(x[start : start + 16], y[start : start + 16]) for start in (0, 16, 32)]
    wanted = fit(x, y, epochs=2, batch_size=16, shuffle=False)
    assert fit(batches, epochs=2) == wanted
    assert fit(Again(batches), epochs=2) == wanted
    assert fit([[x.tolist(), y.tolist()] for x, y in batches], epochs=2) == wanted
    assert fit(batch for batch in batches)[1] == wanted[1][:1]
    weighted = [(x, y, np.full(len(x), 2)) for x, y in batches]
    assert fit(weighted)[1] == pytest.approx(fit(x, y, batch_size=16, shuffle=False, sample_weight=np.full(40, 2))[1])
    net = small_net()
    net.fit(batches, loss="cross_entropy", validation_data=Again(batches), verbose=1)


@pytest.mark.parametrize(
    ("batches", "error", "words"),
    [
        ([problem(), problem()[0]], ShapeError, r"batch 1 must be \(x, y\) or \(x, y, sample_weight\), got an array"),
        ([problem(), (problem()[0],)], ShapeError, "batch 1 must be"),
        ([problem(), (np.zeros((2, 5), "f"), [0, 0])], ShapeError, r"batch 1: x must have shape \(N, 4\)"),
        ([(np.zeros((2, 4), "f"), [0, 7])], ValueError, r"batch 0: y\[1\] is 7"),
        ([(np.zeros((2, 4), "f"), [0])], ShapeError, "batch 0: x has 2 rows, but batch 0: y has 1"),
        ([(np.zeros((0, 4), "f"), [])], ShapeError, "batch 0: x has no rows"),
        ([(np.full((1, 4), np.nan, "f"), [0])], NumericError, r"batch 0: x holds 4 number\(s\) that are not finite"),
        ([(np.zeros((1, 4), "f"), [0], [-1])], ValueError, "batch 0: sample_weight must hold finite numbers >= 0"),
        ([], ShapeError, "x gave no batch$"),
        (5, DTypeError, "y is missing"),
        ({}, DTypeError, "y is missing"),
    ],
)
def test_a_bad_batch_is_named(batches, error, words):
    with pytest.raises(error, match=words):
        fit(batches)


def test_an_evaluation_of_nothing_and_of_what_never_ends():
    x, y = problem()
    with pytest.raises(ShapeError, match=r"^x gave no batch$"):
        small_net().evaluate([], loss="cross_entropy")
    with pytest.raises(ShapeError, match=r"^x gave no batch; a generator is spent after one pass"):
        small_net().evaluate(iter([]), loss="cross_entropy")
    wanted = small_net().evaluate(x, y, loss="cross_entropy")
    found = small_net().evaluate(islice(cycle([(x, y)]), 3), loss="cross_entropy")
    assert found == pytest.approx(wanted)


def test_a_spent_generator_explains_itself():
    x, y = problem()
    with pytest.raises(ShapeError, match="a generator is spent after one pass: give a list"):
        fit(((x, y) for _ in range(3)), epochs=2)


def test_an_iterator_is_closed_on_every_way_out():
    closed = []

    def batches(bad):
        try:
            yield problem()
            yield bad
        finally:
            closed.append(True)

    fit(batches(problem()))
    with pytest.raises(ShapeError):
        fit(batches(0))
    assert closed == [True, True]


@pytest.mark.parametrize("prefetch", [0, 2])
def test_a_loader_knows_the_row_of_what_is_wrong_in_a_batch(prefetch):
    x, y = problem()
    x[31, 2] = np.nan
    with pytest.raises(NumericError, match=r"batch \d: x\[\d, 2\]; .*; it comes from row 31 of the arrays"):
        fit(Loader(x, y, batch_size=8, prefetch=prefetch))
    x, y = problem()
    y[30] = 9
    with pytest.raises(ValueError, match=r"batch \d: y\[\d\] is 9, .*; it comes from row 30 of the arrays"):
        fit(Loader(x, y, batch_size=8, prefetch=prefetch))


# Epochs that are no passes


def parts(rows=8):
    x, y = problem()
    return [(x[start : start + rows], y[start : start + rows]) for start in range(0, 40, rows)]


def endless():
    while True:
        yield from parts()


def test_an_endless_iterable_has_epochs_of_so_many_steps(backend, capsys):
    once = [endless(), cycle(parts()), Again(cycle(parts()))]
    for batches in (*once, parts(), Again(parts()), Loader(*problem(), batch_size=8, shuffle=False)):
        net = small_net()
        history = net.fit(batches, loss="cross_entropy", optimizer=SGD(0.1), epochs=5, steps_per_epoch=3, verbose=1)
        assert "epoch 5/5: loss" in capsys.readouterr().err
        assert len(history["loss"]) == 5
        # The same 15 steps as three passes, each epoch going on where the last one ended.
        twin = small_net()
        steps = twin.fit(parts(), loss="cross_entropy", optimizer=SGD(0.1), epochs=3, verbose=0).step_losses
        assert history.step_losses == steps
        assert net.vector.value.tobytes() == twin.vector.value.tobytes()
        assert history["loss"] == pytest.approx(np.reshape(steps, (5, 3)).mean(axis=1))


def test_a_second_training_goes_on_in_the_same_generator():
    batches, closed = endless(), []
    net, twin = small_net(), small_net()
    trainer = Trainer(net, loss="cross_entropy")
    trainer.fit(batches, steps_per_epoch=3, verbose=0)
    trainer.fit(batches, steps_per_epoch=2, verbose=0)
    twin.fit(parts(), loss="cross_entropy", verbose=0)
    assert net.vector.value.tobytes() == twin.vector.value.tobytes()

    class Passes:
        def __iter__(self):
            try:
                yield from endless()
            finally:
                closed.append(True)

    fit(Passes(), epochs=3, steps_per_epoch=4)
    assert closed == [True]  # what the training opened, it closes


@pytest.mark.parametrize("after", [1, 6, 10, 11])
@pytest.mark.parametrize("make", [Again, lambda batches: Loader(*problem(), batch_size=8)])
def test_it_goes_on_in_the_middle_of_a_pass(tmp_path, make, after):
    class Interrupt(Callback):
        def on_step_end(self, training):
            if training.trainer.steps == after:
                raise KeyboardInterrupt

    def train(folder, *callbacks):
        checkpoint = Checkpoint(folder, every_steps=2, every_epochs=1, resume=True)
        return fit(make(parts()), epochs=5, steps_per_epoch=3, callbacks=[*callbacks, checkpoint])

    wanted = train(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "broken", Interrupt())
    assert train(tmp_path / "broken") == wanted
    with pytest.raises(ValueError, match="had other settings: steps_per_epoch was 3, is 4"):
        fit(make(parts()), steps_per_epoch=4, callbacks=[Checkpoint(tmp_path / "broken", resume=True)])


@pytest.mark.parametrize("kind", [tuple, list])
def test_arrays_that_are_no_batches_are_answered_by_what_to_write(kind):
    with pytest.raises(ShapeError, match=r"batch 0 must be .* of x and y themselves, give two arguments: x, y$"):
        fit(kind(problem()))
