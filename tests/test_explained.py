import inspect

import pytest

from nnfs import Conv2D, Dense, Dropout, Layer, LeakyReLU
from nnfs.augmentation import Rotation, Shift
from nnfs.callback import Callback
from nnfs.callbacks import EarlyStopping, ReduceOnPlateau
from nnfs.explained import OTHER_NAMES
from nnfs.losses import LOSSES, CrossEntropy, Huber, Loss
from nnfs.optimizers import OPTIMIZERS, Adam, AdamW, Optimizer, RMSprop
from nnfs.schedules import Cosine, WarmUp


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
        (lambda: EarlyStopping("loss", 3), r"^EarlyStopping\(monitor='val_loss', \*, .*: too many positional[^;]*$"),
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
    ],
)
def test_a_wrong_argument_is_answered_by_the_signature_and_the_name_to_write(make, words):
    with pytest.raises(TypeError, match=words) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_a_class_of_ones_own_is_explained_too_by_the_call_that_was_wrong():
    class Mine(Callback):
        def __init__(self, every):
            self.every = every

    class Wrong(Mine):
        def __init__(self):
            super().__init__(often=3)

    assert Mine(3).every == 3
    with pytest.raises(TypeError, match=r"^Mine\(every\): "):
        Wrong()


def test_what_an_init_itself_raises_passes_as_it_is():
    class Odd(Layer):
        def __init__(self, size):
            raise TypeError("mine")

    with pytest.raises(TypeError, match=r"^mine$"):
        Odd(1)


def test_signatures_stay_to_be_seen():
    assert next(iter(inspect.signature(Adam).parameters)) == "learning_rate"
    assert all(issubclass(kind, Optimizer) for kind in OPTIMIZERS.values())
    assert all(issubclass(kind, Loss) for kind in LOSSES.values())


def test_every_other_name_stands_for_an_argument_that_some_class_takes():
    classes = [Adam, RMSprop, EarlyStopping, ReduceOnPlateau, Dense, Conv2D, Dropout, LeakyReLU]
    taken = {name for kind in classes for name in inspect.signature(kind).parameters}
    assert {name for names in OTHER_NAMES.values() for name in names} <= taken
