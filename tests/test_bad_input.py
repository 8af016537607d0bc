"""Bad numbers and hostile sizes: as arguments, in data, and as hyper-parameters.

Bad layouts, types and shapes of arrays are in arguments/test_arrays.py, bad calls of ``fit`` in tests/training.
"""

import math
import os
from contextlib import contextmanager

import numpy as np
import pytest

from nnfs import (
    CNN,
    AvgPool2D,
    Conv2D,
    ConvTranspose2D,
    Dense,
    DTypeError,
    Flatten,
    LayerNorm,
    MaxPool2D,
    NeuralNetwork,
    NumericError,
    Padding2D,
    ReLU,
    Sequential,
    ShapeError,
    Upsample2D,
)
from nnfs.augmentation import Flip
from nnfs.callbacks import Checkpoint, EarlyStopping
from nnfs.data import Loader
from nnfs.optimizers import OPTIMIZERS

MIB = 2**20


@pytest.fixture
def small_address_space():
    """Limit the address space, so that an allocation of gigabytes fails at once; Linux would grant it otherwise."""
    resource = pytest.importorskip("resource")
    used = _bytes_of_process("VmSize")
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + 2048 * MIB, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@contextmanager
def little_memory(limit=16 * MIB):
    """Assert that the process never grows by ``limit`` bytes within a ``with`` block, not even for a moment."""
    resident = _bytes_of_process("VmRSS")
    with open("/proc/self/clear_refs", "w") as peak:
        peak.write("5")  # resets the peak
    yield
    assert _bytes_of_process("VmHWM") - resident < limit


def _bytes_of_process(name):
    if not os.access("/proc/self/clear_refs", os.W_OK):
        pytest.skip("the memory of a process can only be measured on Linux")
    with open("/proc/self/status") as status:
        return next(1024 * int(line.split()[1]) for line in status if line.startswith(name))


# One bad number in each argument

NUMBERS = [0, -1, 2**15, 2**31 - 1, 2**31, 2**32, 2**62, 2**63 - 1, 2**63, 1.5, True, "3", None, math.nan]
GEOMETRY = {
    "Conv2D filters": lambda n: Conv2D(n, 3),
    "Conv2D kernel_size": lambda n: Conv2D(2, n),
    "Conv2D kernel_size pair": lambda n: Conv2D(2, (3, n)),
    "Conv2D stride": lambda n: Conv2D(2, 3, stride=n),
    "Conv2D padding": lambda n: Conv2D(2, 3, padding=n),
    "Conv2D padding of four": lambda n: Conv2D(2, 3, padding=(0, 0, n, 0)),
    "Conv2D dilation": lambda n: Conv2D(2, 3, dilation=n),
    "Conv2D groups": lambda n: Conv2D(2, 3, groups=n),
    "MaxPool2D pool_size": lambda n: MaxPool2D(n),
    "MaxPool2D stride": lambda n: MaxPool2D(2, stride=n),
    "MaxPool2D padding": lambda n: MaxPool2D(2, padding=n),
    "Padding2D padding": lambda n: Padding2D(n),
    "Dense units": lambda n: Dense(n),
    "AvgPool2D pool_size": lambda n: AvgPool2D(n),
    "AvgPool2D stride": lambda n: AvgPool2D(2, stride=n),
    "AvgPool2D padding": lambda n: AvgPool2D(2, padding=n),
    "ConvTranspose2D filters": lambda n: ConvTranspose2D(n, 3),
    "ConvTranspose2D stride": lambda n: ConvTranspose2D(2, 3, stride=n),
    "ConvTranspose2D padding": lambda n: ConvTranspose2D(2, 3, padding=n),
    "ConvTranspose2D dilation": lambda n: ConvTranspose2D(2, 3, dilation=n),
    "ConvTranspose2D groups": lambda n: ConvTranspose2D(2, 3, groups=n),
    "Upsample2D scale_factor": lambda n: Upsample2D(n),
    "LayerNorm axes": lambda n: LayerNorm(n),
}
ZERO_IS_FINE = ("Conv2D padding of four", *(place for place in GEOMETRY if place.endswith(" padding")))
NONE_IS_FINE = ("MaxPool2D stride", "AvgPool2D stride", "LayerNorm axes")


def is_fine(place, number):
    """Return whether this number is a valid value of this argument."""
    is_integer = isinstance(number, int) and not isinstance(number, bool)
    if place in NONE_IS_FINE and number is None:
        return True
    return is_integer and (0 if place in ZERO_IS_FINE else 1) <= number <= 2**31 - 1


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("place", GEOMETRY)
def test_a_bad_number_is_refused_by_name_before_anything_is_allocated(place, number, small_address_space):
    layer_name, argument = place.split()[:2]

    def build():
        return Sequential([GEOMETRY[place](number)], 4 if layer_name == "Dense" else (2, 9, 8))

    with little_memory():
        if not is_fine(place, number):
            is_text = number == "3" and place.endswith("padding")  # padding may be the text "same"
            is_integer = isinstance(number, int) and not isinstance(number, bool)
            with pytest.raises(
                ShapeError if is_integer or is_text else DTypeError, match=f"^{layer_name}: {argument} "
            ):
                build()
            return
        try:
            net = build()
        except MemoryError:
            assert number == 2**31 - 1
        except ShapeError as error:
            named = (
                f"{layer_name}: {argument}",
                f"{argument}={number}",
                f"{layer_name}: a",
                "reaches over",
                "its output",
            )
            assert any(words in str(error) for words in named)  # noqa: PT017
        else:
            assert net.output_shape == net.layers[0].output_shape(net.input_shape)


@pytest.mark.parametrize("padding", [2**40, 2**62])
def test_more_padding_than_any_image_is_refused(padding):
    for make in (Padding2D, lambda p: Conv2D(1, 3, padding=p), lambda p: MaxPool2D(3, padding=p)):
        with pytest.raises(ShapeError, match=f"padding must be an integer from 0 to 2147483647, got {padding}"):
            make(padding)
    with pytest.raises(ShapeError, match="padding must be at most half of pool_size 3, got 2"):
        MaxPool2D(3, padding=2)


def test_a_huge_dilation_or_stride_is_computed_and_not_wrapped_around(backend):
    x = np.random.default_rng(0).normal(size=(2, 1, 5, 5)).astype(np.float32)
    plain = Sequential([Conv2D(2, 1)], (1, 5, 5)).predict(x)
    wide = Sequential([Conv2D(2, 1, dilation=2**31 - 1)], (1, 5, 5)).predict(x)
    np.testing.assert_array_equal(wide, plain)
    once = Sequential([Conv2D(2, 1, stride=2**31 - 1)], (1, 5, 5)).predict(x)
    np.testing.assert_array_equal(once, plain[:, :, :1, :1])
    pooled = Sequential([MaxPool2D(5, stride=2**31 - 1)], (1, 5, 5)).predict(x)
    np.testing.assert_array_equal(pooled, x.max(axis=(2, 3), keepdims=True))


# Products that overflow although each factor fits


@pytest.mark.parametrize(
    ("layers", "input_shape"),
    [
        ([Padding2D(2**30)], (4, 8, 8)),
        ([Conv2D(2**31 - 1, 3, padding=2**20)], (1, 8, 8)),
        ([Dense(2**31 - 1)], (2**31 - 1,)),
        ([Dense(2**31 - 1), Dense(2**31 - 1)], (1,)),
        ([Conv2D(2**31 - 1, (2**15, 2**15), padding="same")], (4, 2**15, 2**15)),
    ],
    ids=repr,
)
def test_a_product_that_overflows_names_the_bytes(layers, input_shape, small_address_space):
    with little_memory(), pytest.raises(ShapeError, match=r"would take [\d,]{12,} bytes, and this computer has"):
        Sequential(layers, input_shape)


@pytest.mark.parametrize("shape", [(2**31 - 1, 2**31 - 1, 2**31 - 1), (2**40,), (3, 2**62)])
def test_an_input_shape_that_cannot_be_addressed_is_refused(shape):
    with little_memory(), pytest.raises(ShapeError, match="input_shape"):
        Sequential([ReLU()], shape)


@pytest.mark.parametrize("rows", [2**33, 2**50, 2**58])
def test_a_batch_that_is_huge_only_by_its_strides_is_an_error(backend, rows, small_address_space):
    net = Sequential([Padding2D(1), Flatten(), Dense(3)], (1, 2, 2))
    x = np.broadcast_to(np.ones((1, 1, 2, 2), np.float32), (rows, 1, 2, 2))
    with little_memory(), pytest.raises((MemoryError, ShapeError)):
        net.predict(x)
    with little_memory(), pytest.raises((MemoryError, ShapeError)):
        net.fit(x, np.broadcast_to(np.int64(1), rows), loss="cross_entropy", verbose=0)


@pytest.mark.parametrize(
    ("layer", "input_shape", "shape"),
    [
        (Dense(10**6), (10**6,), "1000000, 1000000"),
        (Conv2D(10**6, 1000, padding="same"), (1, 999, 999), "1000000, 1, 1000, 1000"),
    ],
    ids=repr,
)
def test_weights_larger_than_memory_name_the_layer_before_anything_is_allocated(layer, input_shape, shape, monkeypatch):
    monkeypatch.setattr("nnfs.arguments.shapes.memory_bytes", lambda: 2**34)
    name = type(layer).__name__
    message = (
        rf"^layer 1, {name}\(.*\): {name}: a weight of shape \({shape}\) would take 8,000,000,000,000 bytes, and this "
        r"computer has 17,179,869,184\. Shapes so far: "
    )
    with little_memory(), pytest.raises(ShapeError, match=message):
        Sequential([ReLU(), layer], input_shape)


def test_a_result_too_large_is_an_error_and_leaves_the_network_usable(small_address_space, monkeypatch):
    monkeypatch.setattr("nnfs.arguments.shapes.memory_bytes", lambda: None)  # the amount of memory must not matter here
    net = Sequential([Padding2D(2**14)], (1, 2, 2))
    for rows in (1, 3):
        with little_memory(), pytest.raises(MemoryError):
            net.predict(np.ones((rows, 1, 2, 2), np.float32))
    wide = Sequential([Padding2D(2**21 - 8)], (1, 2, 2))
    for batch_size, what in ((4, "predict: outputs"), (5, "a buffer 'y'")):
        with little_memory(), pytest.raises(ShapeError, match=rf"{what} of shape .* would take"):
            wide.predict(np.ones((5, 1, 2, 2), np.float32), batch_size=batch_size)


# Data


def test_extreme_numbers_end_in_finite_weights_or_a_numeric_error(backend):
    rng = np.random.default_rng(0)
    plain = rng.normal(size=(12, 4)).astype(np.float32)
    one_nan, one_inf, constant = plain.copy(), plain.copy(), plain.copy()
    one_nan[3, 2], one_inf[0, 0], constant[:, 1] = np.nan, np.inf, 7
    cases = {
        "one NaN": (one_nan, True),
        "one inf": (one_inf, True),
        "all NaN": (np.full_like(plain, np.nan), True),
        "1e38": (np.full_like(plain, 1e38), None),
        "subnormal": (np.full_like(plain, 1e-42), False),
        "constant": (constant, False),
        "one row": (plain[:1], False),
    }
    for name, (x, must_fail) in cases.items():
        net = NeuralNetwork(4, [6], 2)
        try:
            net.fit(x, np.arange(len(x)) % 2, loss="cross_entropy", optimizer="sgd", epochs=3, verbose=0)
            assert not must_fail, name
        except NumericError:
            assert must_fail is not False, name
        assert np.isfinite(net.vector.value).all(), name


# Hyper-parameters


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values())
@pytest.mark.parametrize("rate", [-1, math.nan, math.inf])
def test_a_learning_rate_out_of_range_names_itself(optimizer, rate):
    with pytest.raises(
        ValueError, match=f"{optimizer.__name__}: learning_rate must be a finite number >= 0, got {rate}"
    ):
        optimizer(rate)


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values())
def test_a_learning_rate_of_0_leaves_every_bit(backend, optimizer):
    net = NeuralNetwork(4, [6], 2)
    before = net.vector.value.tobytes()
    net.fit(np.ones((6, 4), np.float32), [0, 1] * 3, loss="cross_entropy", optimizer=optimizer(0), epochs=2, verbose=0)
    assert net.vector.value.tobytes() == before


@pytest.mark.parametrize("seed", [-1, 2**64, "x", 1.5, None])
def test_a_seed_out_of_range_names_itself(seed):
    with pytest.raises((ValueError, TypeError), match="seed must be"):
        CNN((1, 8, 8), 2, 3, seed=seed)


@pytest.mark.parametrize(
    ("argument", "make"),
    {
        "Dense: use_bias": lambda flag: Dense(3, use_bias=flag),
        "Conv2D: use_bias": lambda flag: Conv2D(3, 3, use_bias=flag),
        "ConvTranspose2D: use_bias": lambda flag: ConvTranspose2D(3, 3, use_bias=flag),
        "AvgPool2D: count_include_pad": lambda flag: AvgPool2D(2, count_include_pad=flag),
        "SGD: nesterov": lambda flag: OPTIMIZERS["sgd"](0.1, momentum=0.5, nesterov=flag),
        "Flip: horizontal": lambda flag: Flip(flag),
        "Flip: vertical": lambda flag: Flip(vertical=flag),
        "EarlyStopping: restore_best": lambda flag: EarlyStopping(restore_best=flag),
        "Checkpoint: resume": lambda flag: Checkpoint("run", resume=flag),
        "Loader: shuffle": lambda flag: Loader(np.ones((2, 4), "f4"), np.ones((2, 2), "f4"), shuffle=flag),
        "fuse": lambda flag: NeuralNetwork(4, [6], 2, fuse=flag),
        "fit: shuffle": lambda flag: NeuralNetwork(4, [6], 2).fit(
            np.ones((2, 4), "f4"), np.ones((2, 2), "f4"), loss="l1", shuffle=flag, verbose=0
        ),
    }.items(),
)
def test_a_flag_that_is_no_flag_names_itself(argument, make):
    for flag in ("no", "false", 0, None):
        with pytest.raises(DTypeError, match=f"^{argument} must be True or False, got {flag!r} of type "):
            make(flag)
    make(np.False_)
