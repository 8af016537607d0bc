import numpy as np
import pytest
from trainings import fit, problem, small_net

from nnfs import DTypeError, ShapeError
from nnfs.data import Loader


def test_validation_takes_a_list_of_batches():
    x, y = problem()
    batches = [(x[:10], y[:10]), (x[10:], y[10:])]
    wanted, found = (
        small_net().fit(x, y, loss="cross_entropy", validation_data=v, verbose=0) for v in ((x, y), batches)
    )
    assert found["val_loss"] == pytest.approx(wanted["val_loss"])
    one = small_net().fit(x, y, loss="cross_entropy", validation_data=[(x, y)], verbose=0)
    assert one["val_loss"] == pytest.approx(wanted["val_loss"])


@pytest.mark.parametrize(
    "make", [lambda x, y: Loader(x, y), lambda x, y: ((x, y) for _ in range(2)), lambda x, y: [(x, y)]]
)
def test_batches_in_the_place_of_an_array_are_answered_by_the_corrected_line(make):
    x, y = problem()
    net = small_net()
    before = net.digest()
    for call in (
        lambda: net.predict(make(x, y)),
        lambda: net.fit(make(x, y), y, loss="cross_entropy"),
        lambda: net.evaluate(make(x, y), y, loss="cross_entropy"),
    ):
        with pytest.raises(DTypeError, match=r"x must be an array of numbers, got .* of batches; fit and eval"):
            call()
    assert net.digest() == before
    assert np.concatenate([net.predict(x) for x, *_ in make(x, y)]).shape[1] == 3


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"x": [], "steps_per_epoch": 2}, ShapeError, "x gave no batch$"),
        ({"x": iter([problem()]), "steps_per_epoch": 6}, ShapeError, "a generator is spent after one pass"),
        ({"x": [problem()], "steps_per_epoch": 0}, ValueError, "fit: steps_per_epoch must be an integer from 1"),
        ({"x": [problem()], "steps_per_epoch": 2.5}, DTypeError, "fit: steps_per_epoch"),
        (
            dict(zip("xy", problem(), strict=True)) | {"steps_per_epoch": 2},
            ValueError,
            "goes with an iterable of batch",
        ),
    ],
)
def test_steps_that_cannot_be(arguments, error, words):
    with pytest.raises(error, match=words):
        fit(**arguments)
