import numpy as np
import pytest
from trainings import fingerprint, problem, small_net

import nnfs
from nnfs import BatchNorm, Dense, NumericError, Residual, Sequential, ShapeError, Trainer
from nnfs.augmentation import Flip
from nnfs.callbacks import EarlyStopping
from nnfs.losses import CrossEntropy, Huber
from nnfs.optimizers import Adam
from nnfs.training.loop import Loop
from nnfs.training.plan import Plan, class_weight_of, targets_of, training_batches, with_validation
from nnfs.training.progress import Progress
from nnfs.training.training import Training


def test_a_plan_and_its_loop_change_nothing_before_they_run():
    x, y = problem()
    net = small_net(dropout=0.5)
    trainer, before = Trainer(net, loss="cross_entropy"), fingerprint(net)
    every = training_batches(trainer, x, y, None, None, None, True)
    targets = targets_of(every, True)
    weighting = class_weight_of(trainer, "balanced", targets)
    batches, validation = with_validation(trainer, every, targets, None, 0.25)
    Loop(Training(trainer, Plan(1, batches, validation, 0.25, weighting, [], [])), Progress(1, 0))
    assert fingerprint(net) == before
    assert every.rows is None
    assert (every.samples, batches.samples, validation.samples) == (40, 30, 10)
    assert sorted([*batches.rows, *validation.rows]) == list(range(40))


def checked_targets(monkeypatch, x, y):
    """Return how many targets a training looks at, each time that it checks some."""
    checked, check = [], CrossEntropy.check_targets
    monkeypatch.setattr(
        CrossEntropy, "check_targets", lambda *args, **kwargs: (checked.append(len(args[1])), check(*args, **kwargs))[1]
    )
    options = {"loss": "cross_entropy", "validation_split": 0.25, "class_weight": "balanced", "batch_size": 30}
    small_net().fit(x, y, **options, verbose=0)
    return checked


def test_targets_are_checked_once(monkeypatch):
    checked = checked_targets(monkeypatch, *problem())
    assert checked == [40, 30, 10]  # all at once, then each batch for its kernel


def test_all_targets_of_a_file_are_read_once(monkeypatch, tmp_path):
    x, y = problem()
    file = np.memmap(tmp_path / "y", y.dtype, "w+", shape=y.shape)
    file[:] = y
    assert checked_targets(monkeypatch, x, file).count(40) == 1


BAD_CALLS = {
    "no rows": ({"x": np.zeros((0, 4), "f"), "y": []}, ShapeError, "x has no rows; at least one sample is needed"),
    "lengths": ({"y": [0, 1]}, ShapeError, "x has 40 rows, but y has 2"),
    "label": ({"y": np.full(40, 3)}, ValueError, r"y\[0\] is 3, but the network has 3 classes"),
    "NaN": (
        {"x": np.full((40, 4), np.nan, "f")},
        NumericError,
        r"x holds 160 number\(s\) that are not finite.* x\[0, 0\]",
    ),
    "float64": (
        {"x": np.zeros((40, 4))},
        TypeError,
        r'x must be float32.*x\.astype\(.float32.\), else make the network with dtype="float64"',
    ),
    "epochs": ({"epochs": 0}, ValueError, "fit: epochs must be an integer from 1"),
    "epochs -1": ({"epochs": -1}, ValueError, "fit: epochs"),
    "batch size": ({"batch_size": 0}, ValueError, "fit: batch_size must be an integer from 1"),
    "batch size 1.5": ({"batch_size": 1.5}, TypeError, "fit: batch_size"),
    "split 1": ({"validation_split": 1}, ValueError, "fit: validation_split must be a finite number >= 0 and < 1"),
    "split text": ({"validation_split": "a"}, TypeError, "fit: validation_split"),
    "split of a class of one": (
        {"y": [1, *[0] * 39], "validation_split": 0.2},
        ValueError,
        "class 1 has 1 sample, wanted at least 2",
    ),
    "split of nothing": ({"validation_split": 0.001}, ValueError, "holds out 0"),
    "both": ({"validation_split": 0.1, "validation_data": problem()}, ValueError, "not both"),
    "no pair": ({"validation_data": problem()[0]}, ShapeError, "validation_data must be"),
    "validation shape": (
        {"validation_data": (np.zeros((3, 5), "f"), [0] * 3)},
        ShapeError,
        r"validation x must have shape \(N, 4\), got \(3, 5\)",
    ),
    "validation label": ({"validation_data": (np.zeros((1, 4), "f"), [9])}, ValueError, r"validation y\[0\] is 9"),
    "no y": ({"y": None}, TypeError, r"y is missing: give x and y, or an iterable of batches \(x, y\); got an array"),
    "weights of another length": ({"sample_weight": [1.0]}, ShapeError, r"sample_weight must have shape \(40,\)"),
    "a weight < 0": ({"sample_weight": np.linspace(-1, 1, 40)}, ValueError, "sample_weight must hold finite numbers"),
    "a weight that is NaN": ({"sample_weight": np.full(40, np.nan)}, ValueError, "sample_weight must hold finite"),
    "a class that is none": ({"class_weight": {3: 1}}, ValueError, "class_weight: got the class 3, wanted .* 0 to 2"),
    "class weights of another length": ({"class_weight": [1, 2]}, ShapeError, r"class_weight must have shape \(3,\)"),
    "a class weight < 0": ({"class_weight": {0: -1}}, ValueError, "class_weight must hold finite numbers >= 0"),
    "class weights of numbers": (
        {"class_weight": {0: 2}, "loss": "l1", "y": problem()[0][:, :3]},
        ValueError,
        "class_weight needs a class for each sample, which targets of 'l1' do not have",
    ),
    "metrics": ({"metrics": ["f1"]}, ValueError, "unknown metric 'f1'; write 'macro_f1'"),
    "a layer as a metric": (
        {"metrics": [Dense(1)]},
        TypeError,
        r"metrics must be names and functions of .*, got Dense\(1\)\. Try: metrics=\['accuracy'\]",
    ),
    "a layer as an augmentation": (
        {"augment": [Dense(1)]},
        TypeError,
        r"fit: augment must be a list of functions of \(x, rng\), got \[Dense\(1\)\]",
    ),
    "metrics that are no list": ({"metrics": "accuracy"}, TypeError, "metrics must be a list"),
    "a metric twice": ({"metrics": ["accuracy", nnfs.metrics.accuracy]}, ValueError, "two figures .* 'accuracy'"),
    "clip_norm": ({"clip_norm": 0}, ValueError, "clip_norm must be a finite number > 0"),
    "both clips": ({"clip_norm": 1, "clip_value": 1}, ValueError, "clip_norm or clip_value, not both"),
    "augment": ({"augment": [1]}, TypeError, "fit: augment must be a list of functions"),
    "class of augmentation": (
        {"augment": [Flip(), Flip]},
        TypeError,
        r"fit: augment\[1\] is the class Flip; make one of it: Flip\(...\)",
    ),
    "class of callback": (
        {"callbacks": [EarlyStopping]},
        TypeError,
        r"fit: callbacks\[0\] is the class EarlyStopping; make one of it",
    ),
    "split, figure": (
        {"validation_split": 0.2, "callbacks": [EarlyStopping("nothing")]},
        ValueError,
        "EarlyStopping: there is no figure 'nothing'",
    ),
    "callbacks": ({"callbacks": [print]}, TypeError, "fit: callbacks must be a list of callbacks"),
    "split of an iterable": (
        {"x": [problem()], "y": None, "validation_split": 0.1},
        ValueError,
        "validation_split needs arrays x and y",
    ),
    "weights of an iterable": (
        {"x": [problem()], "y": None, "sample_weight": [1]},
        ValueError,
        r"of an iterable, each batch is \(x, y, sample_weight\)",
    ),
    "batches of an iterable": (
        {"x": nnfs.data.Loader(*problem()), "y": None, "batch_size": 8},
        ValueError,
        r"^batch_size goes with arrays; .*: leave batch_size out, or .* nnfs.data.Loader\(..., batch_size=8\)$",
    ),
    "verbose": ({"verbose": 7}, ValueError, "verbose must be"),
    "verbose, split": ({"verbose": 7, "validation_split": 0.2}, ValueError, "verbose must be"),
    "loss": ({"loss": "mse"}, ValueError, "unknown loss 'mse'"),
    "class of loss": ({"loss": Huber}, TypeError, r"loss is the class Huber; make one of it: Huber\(\)"),
    "class of a layer": ({"loss": Dense}, ValueError, "unknown loss <class .*Dense'>; the names are"),
    "class of optimizer": ({"optimizer": Adam}, TypeError, r"optimizer is the class Adam; make one of it: Adam\(\)"),
    "optimizer": ({"optimizer": "lion"}, ValueError, "unknown optimizer 'lion'"),
}


@pytest.mark.parametrize("case", BAD_CALLS)
def test_a_call_that_fails_has_changed_nothing(case):
    arguments, error, words = BAD_CALLS[case]
    x, y = problem()
    net = small_net(dropout=0.5)
    net.fit(x, x[:, :3], loss="l1", verbose=0)
    before = fingerprint(net)
    with pytest.raises(error, match=words):
        net.fit(**{"x": x, "y": y, "loss": "cross_entropy", "verbose": 0} | arguments)
    assert fingerprint(net) == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"batch_size": 13}, "40 samples in batches of 13 leave a last batch of 1; choose batch_size=14"),
        ({"batch_size": 39}, "a last batch of 1; choose batch_size=40"),
        ({"batch_size": 1}, "40 samples in batches of 1 leave a last batch of 1; choose batch_size=2"),
        ({"batch_size": 31, "validation_split": 0.2}, "32 samples in batches of 31 .*; choose batch_size=32"),
        ({"x": problem(1)[0], "y": [0]}, "1 samples in batches of 32 .*; give it more samples"),
    ],
)
def test_a_last_batch_that_a_layer_cannot_take_is_refused_before_the_first_step(arguments, words):
    x, y = problem()
    for layers, name in (([BatchNorm()], "1"), ([Residual([Dense(4), BatchNorm()])], "1.body.1")):
        net = Sequential([Dense(4), *layers], 4)
        before = fingerprint(net), net.state_dict()
        with pytest.raises(
            ShapeError, match=rf"^fit: layer {name}, BatchNorm\(\), needs at least 2 samples .*{words}$"
        ):
            net.fit(**{"x": x, "y": y, "loss": "cross_entropy", "verbose": 0} | arguments)
        assert fingerprint(net) == before[0]
        assert all(np.array_equal(array, before[1][key]) for key, array in net.state_dict().items())
        net.fit(x, y, loss="cross_entropy", batch_size=19, validation_data=(x[:1], y[:1]), verbose=0)
