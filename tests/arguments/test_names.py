import importlib

import pytest

from nnfs.arguments.names import OTHER_NAMES
from nnfs.initializers import INITIALIZERS, get_initializer
from nnfs.losses import LOSSES, get_loss
from nnfs.metrics import METRICS, get_metrics
from nnfs.models import ACTIVATIONS, NeuralNetwork
from nnfs.optimizers import OPTIMIZERS, get_optimizer

PARTS = {
    "loss": LOSSES,
    "optimizer": OPTIMIZERS,
    "metric": METRICS,
    "activation": ACTIVATIONS,
    "initializer": INITIALIZERS,
}
GET = {
    "loss": get_loss,
    "optimizer": get_optimizer,
    "metric": lambda name: get_metrics([name]),
    "activation": lambda name: NeuralNetwork(2, [2], 1, activation=name),
    "initializer": get_initializer,
}


@pytest.mark.parametrize(
    ("kind", "name", "line"),
    [
        ("loss", "mse", "loss='mean_squared_error'"),
        ("loss", "MSELoss", "loss='mean_squared_error'"),
        ("loss", "mean-squared-error", "loss='mean_squared_error'"),
        ("loss", "CrossEntropyLoss", "loss='cross_entropy'"),
        ("loss", "sparse_categorical_crossentropy", "loss='cross_entropy'"),
        ("loss", "BCEWithLogitsLoss", "loss='binary_cross_entropy'"),
        ("loss", "bce", "loss='binary_cross_entropy'"),
        ("loss", "HuberLoss", "loss='huber'"),
        ("loss", "cross_entorpy", "loss='cross_entropy'"),
        ("optimizer", "Adam", "optimizer='adam'"),
        ("optimizer", "SGD", "optimizer='sgd'"),
        ("optimizer", "RMSProp", "optimizer='rmsprop'"),
        ("optimizer", "rms_prop", "optimizer='rmsprop'"),
        ("metric", "acc", "'accuracy'"),
        ("metric", "Accuracy", "'accuracy'"),
        ("metric", "f1_score", "'macro_f1'"),
        ("metric", "R2", "'r2_score'"),
        ("activation", "ReLU", "activation='relu'"),
        ("activation", "LeakyReLU", "activation='leaky_relu'"),
        ("activation", "swish", "activation='silu'"),
        ("initializer", "he", "initializer='he_uniform'"),
        ("initializer", "kaiming_normal_", "initializer='he_normal'"),
        ("initializer", "GlorotUniform", "initializer='glorot_uniform'"),
    ],
)
def test_a_name_of_another_framework_is_answered_by_the_line_to_write(kind, name, line):
    with pytest.raises(ValueError, match=f"^unknown {kind} ") as caught:
        GET[kind](name)
    assert str(caught.value) == f"unknown {kind} {name!r}; write {line}"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("optimizer", "nadam"),
        ("optimizer", "lion"),
        ("loss", "hinge"),
        ("activation", "selu"),
        ("activation", "relu6"),
        ("activation", "softmax"),
        ("initializer", "normal"),
        ("metric", "mse"),
        ("metric", ""),
        ("loss", 3),
    ],
)
def test_a_name_that_stands_for_nothing_here_is_answered_by_all_names(kind, name):
    with pytest.raises(ValueError, match=f"^unknown {kind} ") as caught:
        GET[kind](name)
    assert str(caught.value).endswith(f"the names are {', '.join(PARTS[kind])}")


def test_every_name_of_another_framework_is_in_small_letters_and_stands_for_a_part():
    for kind, names in OTHER_NAMES.items():
        assert set(names.values()) <= {"", *PARTS[kind]}
        assert all(name == "".join(filter(str.isalnum, name.lower())) for name in names)


def test_a_class_or_an_object_of_another_package_is_no_class_to_make_one_of():
    elsewhere = type("Adam", (), {"__module__": "torch.optim.adam"})
    for given in (elsewhere, elsewhere()):
        with pytest.raises(ValueError, match=r"^unknown optimizer .*; write optimizer='adam'$"):
            get_optimizer(given)


def test_the_module_of_a_loss_is_answered_by_the_name_of_the_loss():
    with pytest.raises(ValueError, match=r"^unknown loss <module .*; write loss='huber'$"):
        get_loss(importlib.import_module("nnfs.losses.huber"))
