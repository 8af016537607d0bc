import inspect

import pytest

from nnfs import (
    ELU,
    BatchNorm,
    Concat,
    Conv2D,
    Dense,
    Dropout,
    Facts,
    Layer,
    LeakyReLU,
    MaxPool2D,
    NeuralNetwork,
    Reshape,
    Sequential,
)
from nnfs.arguments.elsewhere import ARGUMENTS
from nnfs.augmentation import Rotation, Shift
from nnfs.callbacks import EarlyStopping, ReduceOnPlateau
from nnfs.losses import LOSSES, CrossEntropy, Huber, Loss
from nnfs.optimizers import OPTIMIZERS, Adam, AdamW, Optimizer, RMSprop
from nnfs.schedules import Cosine, StepDecay, WarmUp
from nnfs.training.callback import Callback


@pytest.fixture
def classifier():
    """Return NNClassifier; skip the test if scikit-learn is not installed."""
    return pytest.importorskip("nnfs.sklearn", exc_type=ImportError).NNClassifier


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Adam(lr=1e-3), r"^Adam\(learning_rate=0.001, \*, .*\): got an .* 'lr'; write learning_rate=$"),
        (lambda: AdamW(lr=1e-3), r"^AdamW\(learning_rate=0.001, .*; write learning_rate=$"),
        (lambda: Adam(beta_2=0.9), r"; write beta2=$"),
        (lambda: RMSprop(alpha=0.9), r"; write rho=$"),
        (lambda: LeakyReLU(alpha=0.1), r"; write negative_slope=$"),
        (lambda: EarlyStopping(min_delta=0.1), r"^EarlyStopping\(monitor='val_loss', .*; write minimum_change=$"),
        (lambda: EarlyStopping(restore_best_weights=True), "; write restore_best=$"),
        (lambda: ReduceOnPlateau(min_lr=0.1), "; write minimum_rate=$"),
        (lambda: EarlyStopping("loss", 3), "arguments; what follows monitor goes by its name: patience=...$"),
        (lambda: Conv2D(8, 3, "same"), "; what follows kernel_size goes by its name: stride=...$"),
        (lambda: MaxPool2D(2, 2), "; what follows pool_size goes by its name: stride=...$"),
        (lambda: MaxPool2D(kernel_size=2), "; write pool_size=$"),
        (lambda: BatchNorm(64), "; sizes of the input are left out, the network knows them$"),
        (lambda: Reshape(2, 2), r"; give the axes as one tuple: Reshape\(\(2, 2\)\)$"),
        (lambda: Concat([Dense(1)], [Dense(2)]), r"as one list of lists: Concat\(\[\[...\], \[...\]\]\)$"),
        (lambda: Dense(in_features=3, out_features=2), "; write units=$"),
        (lambda: Conv2D(8, 3, dilation_rate=2), "; write dilation=$"),
        (lambda: Cosine(0.1, step=10), r"^Cosine\(start, steps, end=0.0\): .*; write steps=$"),
        (lambda: WarmUp(0.1), r"^WarmUp\(then, steps\): missing a required argument: 'steps'$"),
        (lambda: Huber(1.0, 2.0), r"^Huber\(delta=1.0\): too many positional arguments$"),
        (lambda: CrossEntropy(smoothing=0.1), "; write label_smoothing=$"),
        (lambda: Rotation(degree=3), r"^Rotation\(degrees\): .*; write degrees=$"),
        (lambda: Shift(), "missing a required argument: 'pixels'"),
        (lambda: Dense(out_features=3), r"^Dense\(units, .*; write units=$"),
        (lambda: Dense(3, bias=False), "; write use_bias=$"),
        (lambda: Conv2D(8, 3, strides=2), "; write stride=$"),
        (lambda: Dropout(p=0.5), r"^Dropout\(rate\): .*; write rate=$"),
        (lambda: Dense(3, colour="red"), "got an unexpected keyword argument 'colour'$"),
        (lambda: Adam(betas=(0.9, 0.99)), r"'betas'; write beta1=..., beta2=...$"),
        (lambda: Adam(beta=0.9), "got an unexpected keyword argument 'beta'$"),
        (lambda: Conv2D(8, 3, padding_mode="reflect"), "'padding_mode'$"),
        (
            lambda: Conv2D(8, 3, in_channels=3),
            "'in_channels'; sizes of the input are left out, the network",
        ),
        (
            lambda: Dense(8, input_shape=(3,)),
            r"a sample: Sequential\(\[Dense\(...\), ...\], input_shape\)$",
        ),
        (lambda: Dense(8, trainable=False), r"frozen by layer.trainable = False, and .*$"),
        (lambda: Dense(8, kernel_initializer="zeros"), "; write initializer=$"),
        (
            lambda: Sequential([Dense(3)]),
            r"it is the shape of one sample: Sequential\(..., x.shape\[1:\]\)$",
        ),
        (lambda: NeuralNetwork(2, hidden_layer_sizes=[3], output_shape=1), "; write hidden_units=$"),
        (lambda: StepDecay(0.1, step_size=3), "; write every=$"),
    ],
)
def test_a_wrong_argument_is_answered_by_the_signature_and_the_name_to_write(make, words):
    with pytest.raises(TypeError, match=words) as caught:
        make()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            {"lr": 0.1},
            r"^fit\(x, y=None, \*, .* 'lr'; write optimizer=nnfs.optimizers.Adam\(learning_rate=...\)$",
        ),
        ({"learning_rate": 0.1}, r"; write optimizer=nnfs.optimizers.Adam\(learning_rate=...\)$"),
        ({"momentum": 0.9}, r"optimizer=nnfs.optimizers.SGD\(0.01, momentum=0.9\)$"),
        ({"nb_epoch": 3}, "; write epochs=$"),
        ({"epoch": 3}, "; write epochs=$"),
        ({"batch": 3}, "; write batch_size=$"),
        ({"criterion": "l1"}, "; write loss=$"),
        ({"val_data": ()}, "; write validation_data=$"),
        ({"early_stopping": True}, r"; write callbacks=\[nnfs.callbacks.EarlyStopping\(\)\]$"),
        ({"workers": 3}, "got an unexpected keyword argument 'workers'$"),
    ],
)
def test_arguments_of_fit_are_answered_too(arguments, words):
    with pytest.raises(TypeError, match=words):
        Sequential([Dense(1)], 2).fit([[0.0, 1.0]], [[0.0]], **arguments)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"validation_split": 0.1}, "; write early_stopping=True, validation_fraction=...$"),
        ({"patience": 3}, "; write n_iter_no_change=$"),
        ({"weight_decay": 3}, r"; write alpha=..., or optimizer=nnfs.optimizers.AdamW\(weight_decay=...\)$"),
        ({"hidden_layer_sizes": 3}, "; write hidden_units=$"),
        ({"max_iter": 3}, "; write epochs=$"),
        ({"learning_rate_init": 3}, r"write optimizer=nnfs.optimizers.Adam\(learning_rate=...\)$"),
        ({"seed": 3}, "; write random_state=$"),
    ],
)
def test_arguments_of_estimators_are_answered_too(classifier, arguments, words):
    with pytest.raises(TypeError, match=words):
        classifier(**arguments)


def test_a_class_of_the_users_is_explained_by_its_own_name():
    class Mine(Callback):
        def __init__(self, every):
            self.every = every

    class Wrong(Mine):
        def __init__(self):
            super().__init__(often=3)

    assert Mine(3).every == 3
    with pytest.raises(TypeError, match=r"^Mine\(every\): "):
        Wrong()


def test_an_error_from_within_an_init_is_not_changed():
    class Odd(Layer):
        def __init__(self, size):
            raise TypeError("mine")

    with pytest.raises(TypeError, match=r"^mine$"):
        Odd(1)


def test_wrapped_functions_keep_their_signatures():
    assert next(iter(inspect.signature(Adam).parameters)) == "learning_rate"
    assert all(issubclass(kind, Optimizer) for kind in OPTIMIZERS.values())
    assert all(issubclass(kind, Loss) for kind in LOSSES.values())


def test_every_other_name_stands_for_an_argument_that_something_takes(classifier):
    takers = [Adam, RMSprop, EarlyStopping, ReduceOnPlateau, Dense, Conv2D, MaxPool2D, Dropout, LeakyReLU, ELU]
    takers += [CrossEntropy, NeuralNetwork, Sequential.fit, StepDecay, Cosine, classifier, Facts]
    taken = {name for taker in takers for name in inspect.signature(taker).parameters}
    assert {name for names in ARGUMENTS.values() for name in names} <= taken
