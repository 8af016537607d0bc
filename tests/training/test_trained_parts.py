import copy

import numpy as np
import pytest
from trainings import plainly, problem, small_net

import nnfs
from nnfs import (
    BatchNorm,
    Concat,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Flatten,
    GlobalAvgPool2D,
    LayerNorm,
    LeakyReLU,
    MaxPool2D,
    Parameter,
    ReLU,
    Residual,
    Sequential,
    Trainer,
)
from nnfs.callbacks import Callback, Checkpoint
from nnfs.optimizers import SGD, AdamW


def images_net(fuse=True):
    """Return a network of every layer that has parameters, fused in every way where ``fuse``."""
    layers = [
        *(Conv2D(3, 3, padding=1), ReLU(), MaxPool2D(2)),
        *(Conv2D(4, 3, padding=1), BatchNorm(), LeakyReLU()),
        *(Residual([Conv2D(4, 1), LayerNorm()]), ReLU()),
        Concat([[Conv2D(2, 1), ReLU()], [BatchNorm()]]),
        *(ConvTranspose2D(3, 2), Flatten()),
        *(Dense(7), ReLU(), Dense(3)),
    ]
    return Sequential(layers, (1, 6, 6), dtype="float64", seed=3, fuse=fuse)


def images(rows=8):
    rng = np.random.default_rng(0)
    return rng.normal(size=(rows, 1, 6, 6)), rng.integers(0, 3, rows)


WEIGHTED = [name for name, chain, index in images_net().layers.walk() if chain[index].trainable_parameters]


def layer_of(net, name):
    return next(chain[index] for each, chain, index in net.layers.walk() if each == name)


@pytest.mark.parametrize("fuse", [True, False])
@pytest.mark.parametrize("name", WEIGHTED)
def test_a_frozen_layer_keeps_its_numbers_and_the_others_learn_as_before(backend, name, fuse):
    net, (x, y) = images_net(fuse), images()
    free = copy.deepcopy(net)
    layer_of(net, name).trainable = False
    before = {each: parameter.value.copy() for each, parameter in layer_of(net, name).parameters.items()}
    Trainer(net, loss="cross_entropy", optimizer=SGD(0.1)).step(x, y)
    Trainer(free, loss="cross_entropy", optimizer=SGD(0.1)).step(x, y)
    for each, parameter in layer_of(net, name).parameters.items():
        np.testing.assert_array_equal(parameter.value, before[each])
        assert not parameter.grad.any()
    assert net.trainable_parameters.keys() == {n for n in net.parameters if not n.startswith(f"{name}.")}
    if name not in ("4", "8", "8.branches.1.0", "8.1.0"):  # frozen batch normalization computes something else
        for each, parameter in net.trainable_parameters.items():
            np.testing.assert_allclose(parameter.value, free.parameters[each].value, rtol=1e-9, atol=1e-12)


def test_training_is_pytorchs_with_frozen_layers(backend, torch):
    net = Sequential(
        [Conv2D(3, 3), BatchNorm(), ReLU(), Conv2D(4, 3), BatchNorm(), ReLU(), GlobalAvgPool2D(), Flatten(), Dense(3)],
        (1, 6, 6),
        dtype="float64",
    )
    x, y = images()
    net.fit(x, y, loss="cross_entropy", epochs=2, batch_size=4, verbose=0)  # so that statistics are not 0 and 1
    nn = torch.nn
    body = [nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU()]
    rival = nn.Sequential(*body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3)).double()
    rival.load_state_dict({name: torch.tensor(value) for name, value in net.state_dict().items()})
    for layer, module in ((net.layers[1], rival[1]), (net.layers[3], rival[3])):
        layer.trainable = False
        module.requires_grad_(False)
    rival.train()
    rival[1].eval()
    optimizer = torch.optim.AdamW([p for p in rival.parameters() if p.requires_grad], lr=0.01, weight_decay=0.1)
    trainer = Trainer(net, loss="cross_entropy", optimizer=AdamW(0.01, weight_decay=0.1))
    for _ in range(3):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(rival(torch.tensor(x)), torch.tensor(y))
        loss.backward()
        optimizer.step()
        assert trainer.step(x, y) == pytest.approx(loss.item(), rel=1e-9)
    for name, value in rival.state_dict().items():
        np.testing.assert_allclose(net.state_dict()[name], value.numpy(), rtol=1e-8, atol=1e-10)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of Keras
def test_training_is_that_of_keras_with_frozen_layers(backend, keras):
    own = lambda each: {"dtype": "float64", "name": f"layer{each}"}  # noqa: E731
    rival = keras.Sequential(
        [
            *(keras.Input((4,), dtype="float64"), keras.layers.Dense(5, **own(0))),
            *(keras.layers.BatchNormalization(epsilon=1e-5, **own(1)), keras.layers.ReLU(**own(2))),
            *(keras.layers.Dense(6, **own(3)), keras.layers.ReLU(**own(4)), keras.layers.Dense(3, **own(5))),
        ]
    )
    rng = np.random.default_rng(0)
    rival.layers[1].set_weights([rng.random(5) + 0.5 for _ in range(4)])
    net = Sequential([Dense(5), BatchNorm(), ReLU(), Dense(6), ReLU(), Dense(3)], 4, dtype="float64")
    state = {}
    for each in (0, 3, 5):
        kernel, bias = rival.layers[each].get_weights()
        state |= {f"{each}.weight": kernel.T.copy(), f"{each}.bias": bias}
    names = ("1.weight", "1.bias", "1.running_mean", "1.running_var")
    net.load_state_dict(net.state_dict() | state | dict(zip(names, rival.layers[1].get_weights(), strict=True)))
    for each in (1, 3):
        rival.layers[each].trainable = net.layers[each].trainable = False
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    rival.compile(keras.optimizers.SGD(0.1, momentum=0.9), loss)
    x, y = problem(dtype="float64")
    trainer = Trainer(net, loss="cross_entropy", optimizer=SGD(0.1, momentum=0.9))
    for _ in range(3):
        assert trainer.step(x, y) == pytest.approx(float(rival.train_on_batch(x, y)), rel=1e-6)
    for each in (0, 3, 5):
        kernel, bias = rival.layers[each].get_weights()
        np.testing.assert_allclose(net.layers[each].weight.value, kernel.T, rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(net.layers[each].bias.value, bias, rtol=1e-6, atol=1e-8)
    for name, value in zip(names, rival.layers[1].get_weights(), strict=True):
        np.testing.assert_array_equal(net.state_dict()[name], value)


def test_statistics_of_frozen_normalization_stand_still(backend):
    for layers in ([Dense(5), BatchNorm(), Dense(3)], [Dense(5), BatchNorm(), ReLU(), Dense(3)]):
        net, (x, y) = Sequential(layers, 4), problem()
        net.layers[1].trainable = False
        before = net.layers[1].running_mean.copy()
        trainer = Trainer(net, loss="cross_entropy")
        trainer.step(x, y)
        np.testing.assert_array_equal(net.layers[1].running_mean, before)
        assert net.layers[1].num_batches_tracked == 0
        trainer.step(x[:1], y[:1])  # a batch of one needs no variance


def test_nothing_is_computed_backward_below_the_first_layer_that_trains(backend):
    net, (x, y) = nnfs.NeuralNetwork(4, [8, 8], 3), problem()
    net.layers[0].trainable = net.layers[2].trainable = False
    called = []
    for node in net.nodes:
        vars(node)["backward"] = lambda dy, ctx, node=node: (called.append(node), type(node).backward(node, dy, ctx))[1]
    Trainer(net, loss="cross_entropy").step(x, y)
    assert called == [net.nodes[-1]]


def test_layers_may_be_frozen_and_trained_again_between_steps(backend):
    net, (x, y) = small_net(), problem()
    trainer = Trainer(net, loss="cross_entropy", optimizer=SGD(0.1, momentum=0.9))
    for trainable in (True, True, True, False, False, False, True):  # replayed from the third of a kind on
        net.layers[0].trainable = trainable
        before = net.layers[0].weight.value.copy()
        trainer.step(x, y)
        assert (net.layers[0].weight.value != before).any() == trainable


@pytest.mark.parametrize("frozen", [[0], [2], [0, 2]])
def test_replayed_steps_have_the_bits_of_plain_ones(backend, frozen):
    def train():
        net = nnfs.NeuralNetwork(4, [8, 8], 3, seed=1)
        for index in frozen:
            net.layers[index].trainable = False
        net.fit(*problem(), loss="cross_entropy", epochs=4, batch_size=8, clip_norm=0.5, verbose=0)
        return net.digest()

    assert train() == plainly(train)


def test_a_whole_network_is_frozen_at_once_and_then_not_trained():
    net, (x, y) = images_net(), images()
    net.trainable = False
    assert not any(chain[index].trainable for _, chain, index in net.layers.walk())
    assert not net.trainable
    assert net.trainable_parameters == {}
    before = net.digest()
    for train in (lambda: net.fit(x, y, loss="cross_entropy"), lambda: Trainer(net, loss="cross_entropy").step(x, y)):
        with pytest.raises(ValueError, match=r"every layer that has parameters is frozen.*net.trainable = True"):
            train()
    assert net.digest() == before
    net.layers[6].body[0].trainable = True
    assert list(net.trainable_parameters) == ["6.body.0.weight", "6.body.0.bias"]
    assert net.layers[6].trainable
    net.layers[6].trainable = False
    assert not net.layers[6].body[0].trainable


def test_trainable_is_true_or_false():
    net = small_net()
    for owner in (net, net.layers[0], net.layers[1], images_net().layers[6]):
        with pytest.raises(nnfs.DTypeError, match=r"\.trainable must be True or False, got 'no'"):
            owner.trainable = "no"
    assert net.trainable


class Scale(nnfs.Layer):
    """A layer from elsewhere that has never heard of freezing."""

    def build(self, input_shape, rng, dtype):
        self.factor = Parameter(np.ones((), dtype))

    def forward(self, x, ctx):
        ctx.save(x=x)
        return x * self.factor.value

    def backward(self, dy, ctx):
        self.factor.grad += (dy * ctx.x).sum()
        return dy * self.factor.value


def test_a_frozen_layer_from_elsewhere_stays_and_does_not_count_in_clipping(backend):
    net, (x, y) = Sequential([Dense(3), Scale(), Dense(3)], 4), problem()
    net.layers[1].trainable = False
    Trainer(net, loss="cross_entropy", clip_norm=0.1).step(x, y)
    assert net.layers[1].factor.value == 1
    assert net.layers[1].factor.grad == 0
    assert np.linalg.norm(net.vector.grad) == pytest.approx(0.1, rel=1e-4)


def test_what_is_frozen_is_saved_loaded_and_copied(tmp_path):
    net = images_net()
    net.layers[0].trainable = net.layers[6].body[1].trainable = False
    for twin in (
        copy.deepcopy(net),
        (nnfs.save(net, tmp_path / "a.safetensors"), nnfs.load(tmp_path / "a.safetensors"))[1],
    ):
        assert twin.layers.frozen == ["0", "6.body.1"]
        assert twin.digest() == net.digest()


class Thaw(Callback):
    def on_epoch_begin(self, training):
        if training.epoch == 1:
            training.network.trainable = True


def test_a_training_that_thaws_a_layer_resumes_exactly(backend, tmp_path):
    def train(folder, epochs, resume=False):
        net = small_net()
        net.layers[0].trainable = False
        callbacks = [Thaw(), Checkpoint(folder, resume=resume)]
        net.fit(*problem(), loss="cross_entropy", epochs=epochs, batch_size=8, callbacks=callbacks, verbose=0)
        return net

    whole = train(tmp_path / "whole", 4)
    train(tmp_path / "parts", 2)
    assert train(tmp_path / "parts", 4, resume=True).digest() == whole.digest()


def test_a_summary_tells_what_is_frozen(capsys):
    net = small_net()
    net.layers[0].trainable = False
    net.summary()
    lines = capsys.readouterr().out.splitlines()
    assert lines[3].split()[:3] == ["0", "Dense(8),", "frozen"]
    assert lines[-2].split()[:2] == ["total", "67"]
    assert lines[-1].split() == ["of", "which", "train", "27"]


def test_gradients_of_frozen_layers_are_explained_and_nothing_is_found_wrong():
    net, (x, y) = small_net(), problem()
    net.fit(x, y, loss="cross_entropy", verbose=0)
    net.layers[0].weight.value[...] = 0
    net.layers[0].bias.value[...] = -1
    assert {finding.where for finding in nnfs.diagnose(net, x, y)}
    net.layers[0].trainable = False
    assert not [
        finding for finding in nnfs.diagnose(net, x, y) if "layer 0" in finding.where or "layer 1" in finding.where
    ]
    explanation = net.explain(x[:2], y[:2])
    assert explanation.how_backward("0", (3, 2), of="weight").value == 0
    assert not net.layers[0].trainable


def test_the_input_gradient_of_a_frozen_normalization_is_explained_and_no_other():
    net, (x, y) = Sequential([Dense(3), BatchNorm(), Dense(3)], 4), problem()
    net.fit(x, y, loss="cross_entropy", verbose=0)
    net.layers[1].trainable = False
    for training in (False, True):
        explanation = net.explain(x, y, training=training)
        account = explanation.how_backward("1", 0, of="input")
        parts = [np.prod([factor.value for factor in term.factors]) for term in account.terms]
        assert account.value == pytest.approx(sum(parts), rel=1e-5)
        with pytest.raises(ValueError, match="is frozen: the gradient of weight is not computed"):
            explanation.how_backward("1", 0, of="weight")
