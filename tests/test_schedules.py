import math
import pickle

import numpy as np
import pytest

from nnfs import Dense, DTypeError
from nnfs.optimizers import SGD, Adam
from nnfs.schedules import Constant, Cosine, StepDecay, WarmUp, as_schedule


def test_step_decay_equals_rates_computed_by_hand():
    schedule = StepDecay(0.8, every=3, factor=0.5)
    assert [schedule(step) for step in range(7)] == [0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2]


def test_cosine_equals_rates_computed_by_hand():
    schedule = Cosine(1.0, steps=4, end=0.2)
    half = math.sqrt(0.5)
    expected = [1, 0.2 + 0.4 * (1 + half), 0.6, 0.2 + 0.4 * (1 - half), 0.2, 0.2]
    assert [schedule(step) for step in range(6)] == pytest.approx(expected)


def test_warm_up_rises_and_goes_on_without_a_jump():
    schedule = WarmUp(Cosine(1.0, steps=2), steps=4)
    assert [schedule(step) for step in range(7)] == pytest.approx([0.25, 0.5, 0.75, 1, 1, 0.5, 0])
    assert WarmUp(0.5, steps=1)(0) == WarmUp(0.5, steps=1)(9) == 0.5


@pytest.mark.parametrize(
    ("ours", "name", "arguments"),
    [
        (StepDecay(0.3, 4, 0.7), "StepLR", (4, 0.7)),
        (Cosine(0.3, 20, 0.01), "CosineAnnealingLR", (20, 0.01)),
    ],
)
def test_schedules_equal_pytorchs(torch, ours, name, arguments):
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.3)
    scheduler = getattr(torch.optim.lr_scheduler, name)(optimizer, *arguments)
    for step in range(21):
        assert ours(step) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-9)
        optimizer.step()
        scheduler.step()


def test_a_number_is_a_constant_rate():
    assert as_schedule(0.1)(0) == as_schedule(0.1)(10**6) == 0.1
    assert as_schedule(np.float32(0.5))(3) == 0.5
    schedule = StepDecay(1, 1)
    assert as_schedule(schedule) is schedule


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: StepDecay(-1, 2), ValueError, "StepDecay: start must be a finite number >= 0, got -1"),
        (lambda: StepDecay(1, 0), ValueError, "StepDecay: every must be an integer from 1"),
        (lambda: StepDecay(1, 1.5), DTypeError, "StepDecay: every"),
        (lambda: StepDecay(1, 2, 0), ValueError, "StepDecay: factor must be a finite number > 0"),
        (lambda: Cosine(1, 0), ValueError, "Cosine: steps"),
        (lambda: Cosine(math.nan, 5), ValueError, "Cosine: start"),
        (lambda: Cosine(1, 5, -1), ValueError, "Cosine: end"),
        (lambda: WarmUp("fast", 5), DTypeError, "WarmUp: then must be a number, got 'fast'"),
        (lambda: WarmUp(1, -5), ValueError, "WarmUp: steps"),
        (lambda: WarmUp(Cosine, 5), DTypeError, r"WarmUp: then is the class Cosine; make one of it: Cosine\(...\)"),
        (lambda: Adam(Dense(1)), DTypeError, r"Adam: learning_rate must be a number .*, got Dense\(1\)\. Try: 0"),
        (lambda: Adam(Cosine), DTypeError, "Adam: learning_rate is the class Cosine; make one of it"),
        (lambda: as_schedule(-1), ValueError, "learning_rate must be a finite number >= 0"),
    ],
)
def test_arguments_out_of_range_are_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()


@pytest.mark.parametrize(
    ("schedule", "text"),
    [
        (Constant(0.1), "Constant(rate=0.1)"),
        (StepDecay(0.3, 4), "StepDecay(start=0.3, every=4, factor=0.1)"),
        (Cosine(1, 20), "Cosine(start=1.0, steps=20, end=0.0)"),
        (WarmUp(0.5, 3), "WarmUp(then=Constant(rate=0.5), steps=3)"),
        (WarmUp(Cosine(1, 2), 3), "WarmUp(then=Cosine(start=1.0, steps=2, end=0.0), steps=3)"),
    ],
)
def test_the_text_makes_the_schedule_again(schedule, text):
    assert repr(schedule) == text
    assert repr(eval(text)) == text
    assert repr(pickle.loads(pickle.dumps(schedule))) == text
    assert repr(Adam(schedule)).startswith(f"Adam(learning_rate={text}, ")


def test_a_rate_that_grows_beyond_all_numbers_is_told_when_it_does():
    optimizer = SGD(StepDecay(0.5, 1, factor=10))
    with pytest.raises(ValueError, match="learning_rate at step 400 must be a finite number >= 0, got inf"):
        optimizer.rate(400)
    assert StepDecay(0, 1, factor=10)(400) == 0
