import copy
import pickle

import numpy as np
import pytest

import nnfs
from nnfs import BatchNorm, Concat, Conv2D, Dense, Layer, Normalization, ReLU, Residual, Sequential, Trainer
from nnfs.augmentation import Shift
from nnfs.callbacks import EarlyStopping
from nnfs.data import Loader
from nnfs.losses import Huber
from nnfs.optimizers import SGD, Adam
from nnfs.schedules import Cosine
from nnfs.training.callback import Callback


def make():
    return Sequential([Dense(3), ReLU(), Residual([Dense(3)]), Concat([[Dense(1)], []]), Dense(2)], 4)


LAYERS_FIXED = r"^the list .* cannot be changed once it is made, .*: nnfs.Sequential\(\[...\], input_shape\)$"
REFUSED = {
    "requires_grad of a layer": (
        lambda: Conv2D(2, 3),
        "requires_grad",
        r"^Conv2D.requires_grad cannot be set; a layer is frozen by layer.trainable = False, ",
    ),
    "requires_grad of a built layer": (lambda: make().layers[0], "requires_grad", "frozen by"),
    "frozen of a layer without arguments": (ReLU, "frozen", "frozen by"),
    "a misspelt name of a layer": (lambda: Dense(3), "unit", "^Dense has no attribute 'unit', .*; perhaps .units$"),
    "a name that means nothing": (
        ReLU,
        "colour",
        "^ReLU has no attribute 'colour', nothing would read it",
    ),
    "units of a layer": (lambda: Dense(3), "units", r"^Dense.units cannot be changed now, .*: Dense\(...\)$"),
    "units of a built layer": (lambda: make().layers[0], "units", r"make a new one: Dense\(...\)$"),
    "weight of a layer": (lambda: make().layers[0], "weight", r"to fill it, write .weight.value\[...\] = ...$"),
    "mean of Normalization": (
        lambda: Sequential([Normalization()], 2).layers[0],
        "mean",
        r"cannot be replaced by another array; to fill it, write .mean\[...\] = ...$",
    ),
    "running_mean of BatchNorm": (lambda: Sequential([BatchNorm()], 2).layers[0], "running_mean", "to fill it"),
    "body of Residual": (lambda: make().layers[2], "body", "cannot be changed now"),
    "requires_grad of a network": (make, "requires_grad", r"net.trainable = False$"),
    "dtype of a network": (make, "dtype", "^Sequential.dtype cannot be changed now"),
    "seed of a network": (make, "seed", "cannot be changed now"),
    "input_shape of a network": (make, "input_shape", "cannot be changed now"),
    "layers of a network": (make, "layers", "cannot be changed now"),
    "vector of a network": (make, "vector", "^Sequential.vector cannot be"),
    "optimizer of a network": (
        make,
        "optimizer",
        r"trainer = nnfs.Trainer\(net, loss=..., optimizer=...\)$",
    ),
    "learning_rate of a network": (make, "learning_rate", r"optimizer=nnfs.optimizers.Adam\(learning_rate=...\)\)$"),
    "stop_training of a network": (make, "stop_training", r"training.stop\('why'\)$"),
    "a parameter's own": (lambda: make().parameters["0.weight"], "requires_grad", "requires_grad"),
    "value of a vector": (
        lambda: make().vector,
        "value",
        r"parameters point into its arrays; write value\[",
    ),
    "lr of an optimizer": (SGD, "lr", r"write optimizer.learning_rate = \.\.\.$"),
    "momentum of an optimizer": (SGD, "momentum", r"make a new one: SGD\(...\)$"),
    "nesterovs of an optimizer": (SGD, "nesterovs", "perhaps .nesterov$"),
    "delta of a loss": (Huber, "delta", r"make a new one: Huber\(...\)$"),
    "reduction of a loss": (Huber, "reduction", "nothing would read it; it has delta$"),
    "steps of a schedule": (lambda: Cosine(0.1, 3), "steps", r"Cosine\(...\)$"),
    "pixels of an augmentation": (lambda: Shift(2), "pixels", r"Shift\(...\)$"),
    "a misspelt name of a callback": (EarlyStopping, "patiance", "perhaps .patience$"),
    "batch_size of a loader": (lambda: Loader([0.0], [0]), "batch_size", r"make a new one: Loader\(...\)$"),
    "a misspelt name of a loader": (lambda: Loader([0.0], [0]), "shufle", "perhaps .shuffle$"),
    "learning_rate of a trainer": (lambda: Trainer(make(), loss="l1"), "learning_rate", "no attribute 'learning_rate'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_attribute_that_nothing_would_read_is_refused(case):
    make_one, name, words = REFUSED[case]
    owner = make_one()
    with pytest.raises(AttributeError, match=words):
        setattr(owner, name, 1)


def test_attributes_that_are_read_may_be_set():
    net = make()
    net.loss = nnfs.losses.L1()
    net.loss = "cross_entropy"
    assert net.predict_proba(np.ones((2, 4), np.float32)).shape == (2, 2)
    for wrong, words in (("mse", "write loss='mean_squared_error'$"), (nnfs.losses.L1, r"make one of it: L1\(\)$")):
        with pytest.raises((TypeError, ValueError), match=words):
            net.loss = wrong
    net.parameters["0.weight"].value = np.ones((3, 4), np.float32)
    assert (net.vector.value[:12] == 1).all()
    net.vector.value *= 2
    normalization = Sequential([Normalization()], 2).layers[0]
    normalization.mean += 3
    assert normalization.mean.tolist() == [3, 3]
    callback = EarlyStopping()
    callback.patience = 7
    trainer = Trainer(net, loss="l1")
    trainer.optimizer = trainer.optimizer.scaled(0.5)
    assert trainer.optimizer.rate(0) == 0.0005


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_a_copy_is_whole_and_refuses_equal_attributes(copied):
    net = make()
    twin = copied(net)
    assert repr(twin) == repr(net)
    assert twin.digest() == net.digest()
    x = np.ones((2, 4), np.float32)
    np.testing.assert_array_equal(twin.predict(x), net.predict(x))
    assert twin.layers.shapes == net.layers.shapes
    assert twin.layers[0] is not net.layers[0]
    assert twin.nodes[0].layers[0] is twin.layers[0]
    with pytest.raises(AttributeError):
        twin.layers[0].requires_grad = False
    with pytest.raises(nnfs.UnsupportedError, match=LAYERS_FIXED):
        twin.layers[2].body.pop()


def test_a_trainer_keeps_its_loss_and_takes_an_optimizer_of_the_same_memory():
    trainer = Trainer(make(), loss="l1")
    with pytest.raises(AttributeError, match="loss"):
        trainer.loss = "mean_squared_error"
    with pytest.raises(ValueError, match=r"^the trainer remembers mean, square for Adam\(.*; write nnfs.Trainer\("):
        trainer.optimizer = SGD()
    with pytest.raises(ValueError, match=r"^unknown optimizer 'SDG'"):
        trainer.optimizer = "SDG"


@pytest.mark.parametrize("name", ["network", "metrics", "clip"])
def test_arguments_of_a_trainer_cannot_be_changed(name):
    trainer = Trainer(make(), loss="l1")
    with pytest.raises(AttributeError, match=name):
        setattr(trainer, name, make())


def test_a_training_refuses_attributes_that_nothing_reads_and_explains_names_from_elsewhere():
    seen = []

    class Look(Callback):
        def on_epoch_end(self, training):
            with pytest.raises(AttributeError, match="stop_training"):
                training.stop_training = True
            with pytest.raises(AttributeError, match=r"^a training has no attribute 'model'; write training.network$"):
                seen.append(training.model)
            seen.append(training.epoch)

    x, y = np.ones((2, 4), np.float32), np.zeros((2, 2), np.float32)
    make().fit(x, y, loss="l1", epochs=2, callbacks=[Look()], verbose=0)
    assert seen == [0, 1]


def test_a_parameter_is_filled_and_not_replaced():
    net = make()
    before = net.digest()
    name, parameter = next(iter(net.parameters.items()))
    with pytest.raises(TypeError, match=rf"to fill it, write net.parameters\['{name}'\].value\[...\] = ...$"):
        net.parameters[name] = parameter
    with pytest.raises(TypeError, match="cannot be replaced"):
        net.layers[0].parameters["weight"] = parameter
    assert net.digest() == before
    assert type(copy.deepcopy(net.parameters)) is dict


def test_a_buffer_is_filled_and_not_replaced():
    net = Sequential([Dense(2), BatchNorm()], 3)
    with pytest.raises(TypeError, match=r"to fill it, write net.buffers\['1.running_mean'\]\[...\] = ...$"):
        net.buffers["1.running_mean"] = np.ones(2, np.float32)
    net.buffers["1.running_mean"][...] = 1
    assert net.layers[1].running_mean.tolist() == [1, 1]
    with pytest.raises(TypeError, match=r"write net.buffers.values\(\)$"):
        net.buffers()


def test_the_trainer_of_a_copy_goes_on():
    trainer = Trainer(make(), loss="l1")
    x, y = np.ones((2, 4), np.float32), np.zeros((2, 2), np.float32)
    trainer.step(x, y)
    twin = pickle.loads(pickle.dumps(trainer))
    assert [twin.step(x, y), twin.steps] == [trainer.step(x, y), trainer.steps]


@pytest.mark.parametrize(
    "change",
    [
        lambda layers: layers.pop(),
        lambda layers: layers.append(Dense(3)),
        lambda layers: layers.insert(0, Dense(3)),
        lambda layers: layers.extend([Dense(3)]),
        lambda layers: layers.remove(layers[0]),
        lambda layers: layers.clear(),
        lambda layers: layers.reverse(),
        lambda layers: layers.__setitem__(0, Dense(3)),
        lambda layers: layers.__setitem__(slice(None), []),
        lambda layers: layers.__delitem__(0),
        lambda layers: layers.__iadd__([Dense(3)]),
    ],
)
@pytest.mark.parametrize(
    "where",
    [
        lambda net: net.layers,
        lambda net: net.layers[2].body,
        lambda net: net.layers[3].branches,
        lambda net: net.layers[3].branches[0],
        lambda net: copy.deepcopy(net).layers[3].branches,
        lambda net: pickle.loads(pickle.dumps(net)).layers[3].branches,
    ],
)
def test_a_list_of_layers_cannot_be_changed(change, where):
    net = make()
    text = repr(net)
    with pytest.raises(nnfs.UnsupportedError, match=LAYERS_FIXED):
        change(where(net))
    assert repr(net) == text


def test_a_list_of_layers_reads_as_a_list():
    layers = make().layers
    assert len(layers) == 5
    assert [*layers][-1] is layers[-1]
    assert layers[:2] == [layers[0], layers[1]]
    assert layers[:1] + layers[4:] == [layers[0], layers[4]]
    assert layers.index(layers[1]) == 1


class Scale(Layer):
    def __init__(self, factor=2.0):
        self.factor = factor

    def build(self, input_shape, rng, dtype):
        self.built_in = dtype

    def forward(self, x, ctx):
        self.seen = len(x)
        return x * self.factor

    def backward(self, dy, ctx):
        return dy * self.factor


class Recorder(Callback):
    def on_train_begin(self, training):
        self.losses = []

    def on_step_end(self, training):
        self.losses.append(training.loss)


def test_a_class_of_the_users_may_have_any_attribute():
    layer, recorder = Scale(), Recorder()
    layer.factor = 3.0
    net = Sequential([layer, Dense(1)], 2)
    net.fit(np.ones((4, 2), np.float32), [1.0] * 4, loss="l1", callbacks=[recorder], verbose=0)
    assert layer.built_in == np.float32
    assert layer.seen == 4
    assert len(recorder.losses) == 1
    with pytest.raises(AttributeError, match="frozen by"):
        layer.frozen = True


class Freezable(Scale):
    def __init__(self, frozen=True):
        super().__init__()
        self.frozen = frozen


def test_a_layer_of_the_users_may_define_attributes_of_other_frameworks():
    assert not Freezable(False).frozen


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("compile", r"give loss and optimizer to fit: net.fit\(x, y, loss=..., optimizer=...\)$"),
        ("train", "leave it out$"),
        ("eval", "leave it out$"),
        ("zero_grad", r"net.clear_gradients\(\)$"),
        ("save", r"nnfs.save\(net, 'net.safetensors'\)$"),
        ("get_weights", r"net.state_dict\(\)$"),
        ("named_parameters", r"net.parameters.items\(\)$"),
        ("add", r"nnfs.Sequential\(\[...\], input_shape\)$"),
        ("predict_class", r"perhaps \.predict_classes$"),
        ("colour", "^'Sequential' object has no attribute 'colour'$"),
    ],
)
def test_an_attribute_of_another_framework_is_answered_by_what_to_write(name, words):
    with pytest.raises(AttributeError, match=words):
        getattr(make(), name)
    assert not hasattr(make(), name)


def test_attributes_of_layers_and_optimizers_are_answered_too():
    with pytest.raises(AttributeError, match=r"write layer\.weight$"):
        _ = Dense(3).kernel
    with pytest.raises(AttributeError, match=r"write trainer\.step\(x, y\)"):
        Adam().step()


def test_calling_a_network_or_its_parameters_in_the_way_of_others_is_explained():
    with pytest.raises(TypeError, match=r"^net\(x\): .*'training'; fit and Trainer.step alone are training"):
        make()(np.ones((1, 4), np.float32), training=True)
    with pytest.raises(TypeError, match=r"^layer\(x\): .*'training'; fit and Trainer.step alone are training"):
        make().layers[0](np.ones((1, 4), np.float32), training=True)
    with pytest.raises(TypeError, match=r"write net\.parameters\.values\(\)$"):
        make().parameters()
