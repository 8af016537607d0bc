import numpy as np
import pytest
from trainings import Interrupt, plainly, problem, small_net

import nnfs
from nnfs import Trainer
from nnfs.callbacks import Callback, Checkpoint
from nnfs.data import Loader
from nnfs.optimizers import SGD, Adam
from nnfs.schedules import StepDecay


def train(batch_size, accumulate=1, *, rows=40, optimizer=None, dtype="float64", callbacks=(), **arguments):
    net = small_net(dtype=dtype)
    x, y = problem(rows, dtype=dtype)
    optimizer = optimizer or Adam(StepDecay(0.01, 3, 0.5))
    arguments = {"epochs": 3, "loss": "cross_entropy", "verbose": 0} | arguments
    history = net.fit(
        *(x, y), batch_size=batch_size, accumulate=accumulate, optimizer=optimizer, callbacks=callbacks, **arguments
    )
    return net, history


@pytest.mark.parametrize("rows", [40, 41, 37, 48], ids=["even", "one more", "incomplete", "whole groups"])
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"clip_norm": 0.1},
        {"clip_value": 0.01},
        {"class_weight": {1: 3.0}},
        {"validation_split": 0.2},
        {"sample_weight": True},
        {"augment": [lambda x, rng: x + rng.normal(size=x.shape)]},
    ],
    ids=["plain", "clip_norm", "clip_value", "class_weight", "split", "sample_weight", "augment"],
)
def test_batches_that_add_up_train_as_one_batch_of_all_of_them(backend, rows, more):
    if "sample_weight" in more:
        more = {"sample_weight": np.random.default_rng(2).random(rows)}
    parts, history = train(8, 4, rows=rows, **more)
    whole, expected = train(32, rows=rows, **more)
    np.testing.assert_allclose(parts.vector.value, whole.vector.value, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(history.step_losses, expected.step_losses, rtol=1e-9)
    assert history["learning_rate"] == expected["learning_rate"]  # schedules count steps
    np.testing.assert_allclose(history["accuracy"], expected["accuracy"])


def test_gradients_of_equal_batches_are_those_of_the_whole_bit_for_bit_where_halves_are_exact():
    x, y = np.array([[1.0, 2, 4, 8], [2, 1, 8, 4], [4, 8, 1, 2], [8, 4, 2, 1]]), np.array([[1.0], [2], [3], [4]])
    grads = []
    for rows in (None, 2, 1):
        net = nnfs.Sequential([nnfs.Dense(1, initializer="ones")], 4, dtype="float64")
        Trainer(net, loss="mean_squared_error", optimizer=SGD(0.0)).run_step(x, y, None, rows)
        grads.append(net.vector.grad.tobytes())
    assert grads[0] == grads[1] == grads[2]


def test_pytorch_accumulates_to_the_same_weights(backend, torch):
    net, (x, y) = small_net(dtype="float64"), problem(dtype="float64")
    rival = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3)).double()
    names = list(rival.state_dict())
    rival.load_state_dict(dict(zip(names, map(torch.tensor, net.state_dict().values()), strict=True)))
    optimizer = torch.optim.SGD(rival.parameters(), lr=0.1, momentum=0.9)
    net.fit(x, y, loss="cross_entropy", optimizer=SGD(0.1, momentum=0.9), batch_size=5, accumulate=4, epochs=2,
            shuffle=False, verbose=0)  # fmt: skip
    for _ in range(2):
        for first in range(0, 40, 20):
            optimizer.zero_grad()
            for start in range(first, first + 20, 5):
                rows = slice(start, start + 5)
                loss = torch.nn.functional.cross_entropy(rival(torch.tensor(x[rows])), torch.tensor(y[rows]))
                (loss / 4).backward()
            optimizer.step()
    for own, value in zip(net.state_dict().values(), rival.state_dict().values(), strict=True):
        np.testing.assert_allclose(own, value.numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of Keras
def test_keras_accumulates_to_the_same_weights(backend, keras):
    net, (x, y) = small_net(dtype="float64"), problem(dtype="float64")
    dense = [keras.layers.Dense(units, dtype="float64") for units in (8, 3)]
    rival = keras.Sequential(
        [keras.Input((4,), dtype="float64"), dense[0], keras.layers.ReLU(dtype="float64"), dense[1]]
    )
    for own, layer in zip((net.layers[0], net.layers[2]), dense, strict=True):
        layer.set_weights([own.weight.value.T, own.bias.value])
    optimizer = keras.optimizers.SGD(0.1, momentum=0.9, gradient_accumulation_steps=4)
    rival.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    rival.fit(x, y, batch_size=5, epochs=2, shuffle=False, verbose=0)
    net.fit(x, y, loss="cross_entropy", optimizer=SGD(0.1, momentum=0.9), batch_size=5, accumulate=4, epochs=2,
            shuffle=False, verbose=0)  # fmt: skip
    for own, layer in zip((net.layers[0], net.layers[2]), dense, strict=True):
        kernel, bias = layer.get_weights()
        np.testing.assert_allclose(own.weight.value, kernel.T, rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(own.bias.value, bias, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("make", [list, lambda batches: Loader(*problem(dtype="float64"), batch_size=8, shuffle=False)])
def test_batches_of_an_iterable_add_up(backend, make):
    x, y = problem(dtype="float64")
    batches = make([(x[start : start + 8], y[start : start + 8]) for start in range(0, 40, 8)])
    net = small_net(dtype="float64")
    steps = []
    count = type("Count", (Callback,), {"on_step_end": lambda self, training: steps.append(training.batch)})
    how = {"loss": "cross_entropy", "optimizer": Adam(0.01), "epochs": 2, "verbose": 0}
    net.fit(batches, accumulate=2, callbacks=[count()], **how)
    assert steps == [1, 2, 3] * 2  # of 8 + 8, 8 + 8 and 8 samples
    whole = small_net(dtype="float64")
    whole.fit(x, y, batch_size=16, shuffle=False, **how)
    np.testing.assert_allclose(net.vector.value, whole.vector.value, rtol=1e-9, atol=1e-12)


def test_batches_of_an_iterable_with_weights_add_up_with_those_without():
    x, y = problem(dtype="float64")
    net, whole = small_net(dtype="float64"), small_net(dtype="float64")
    net.fit([(x[:20], y[:20]), (x[20:], y[20:], np.full(20, 2.0))], loss="cross_entropy", accumulate=2, verbose=0)
    weights = np.repeat([1.0, 2.0], 20)
    whole.fit(x, y, sample_weight=weights, batch_size=40, shuffle=False, loss="cross_entropy", verbose=0)
    np.testing.assert_allclose(net.vector.value, whole.vector.value, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind", ["arrays", "loader"])
def test_a_training_that_accumulates_resumes_exactly(backend, tmp_path, kind):
    def run(folder, *, resume=False, stop=99):
        net, (x, y) = small_net(dropout=0.2), problem()
        data = (x, y) if kind == "arrays" else (Loader(x, y, batch_size=8, seed=1),)
        size = {"batch_size": 8} if kind == "arrays" else {}
        callbacks = [Checkpoint(folder, every_steps=1, resume=resume), Interrupt(stop)]
        net.fit(*data, loss="cross_entropy", epochs=3, accumulate=3, callbacks=callbacks, verbose=0, **size)
        return net.digest()

    whole = run(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "parts", stop=3)
    assert run(tmp_path / "parts", resume=True) == whole


def test_another_number_of_batches_is_not_resumed(tmp_path):
    how = {"loss": "cross_entropy", "batch_size": 8, "verbose": 0}
    small_net().fit(*problem(), accumulate=2, callbacks=[Checkpoint(tmp_path)], **how)
    with pytest.raises(ValueError, match="accumulate was 2, is None"):
        small_net().fit(*problem(), callbacks=[Checkpoint(tmp_path, resume=True)], **how)


def test_replayed_passes_that_add_up_have_the_bits_of_plain_ones(backend):
    def run():
        return train(8, 2, dtype="float32")[0].digest()

    assert run() == plainly(run)


def test_a_loss_that_is_not_finite_changes_nothing():
    net, (x, y) = small_net(), problem()
    before, x = net.digest(), x.copy()
    x[30] = 3e38
    with pytest.raises(nnfs.NumericError, match=r"epoch 1: the loss is nan at step 0; .* layer 0"):
        net.fit(x, y, loss="cross_entropy", batch_size=4, accumulate=10, shuffle=False, verbose=0)
    assert net.digest() == before


@pytest.mark.parametrize("bad", [0, -1, 1.5, "2", True])
def test_accumulate_is_a_count(bad):
    with pytest.raises((ValueError, TypeError), match="fit: accumulate must be"):
        train(8, bad)


def test_more_batches_than_there_are_is_a_warning():
    with pytest.warns(UserWarning, match=r"accumulate=6, but an epoch has 5 batches .* 40 samples; .*accumulate=5"):
        _, history = train(8, 6, epochs=1)
    assert len(history.step_losses) == 1
    train(8, 5, epochs=1)
