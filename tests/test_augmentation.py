import numpy as np
import pytest
from trainings import problem, small_net

import nnfs
from nnfs import CNN, DTypeError, ShapeError
from nnfs.augmentation import Augmentation, Crop, Cutout, Flip, Noise, Rotation, Shift

ALL = [
    *(Flip(), Flip(False, True), Flip(True, True), Shift(2), Crop(3), Crop(2, mode="constant")),
    *(Rotation(30), Cutout(4), Noise(0.2)),
]


def images(count=200, height=9, width=7, dtype="float32"):
    return np.random.default_rng(1).random((count, 2, height, width)).astype(dtype) + 1


def augment(transform, x, seed=0):
    return transform(x, np.random.default_rng(seed))


@pytest.mark.parametrize("transform", ALL, ids=repr)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_augmentation_returns_new_images_of_equal_shape_and_dtype(transform, dtype):
    x = images(dtype=dtype)
    kept = x.copy()
    y = augment(transform, x)
    assert (y.shape, y.dtype) == (x.shape, x.dtype)
    assert y.flags.c_contiguous
    np.testing.assert_array_equal(x, kept)
    assert not np.shares_memory(x, y)
    np.testing.assert_array_equal(y, augment(transform, x))
    assert (y != augment(transform, x, seed=1)).any()
    assert (y[0] != y[1]).any()
    assert augment(transform, x[:0]).shape == x[:0].shape


@pytest.mark.parametrize(("transform", "axis"), [(Flip(), 3), (Flip(False, True), 2)])
def test_half_of_all_images_are_flipped(transform, axis):
    x = images()
    y = augment(transform, x)
    flipped = (y == np.flip(x, axis)).all(axis=(1, 2, 3))
    same = (y == x).all(axis=(1, 2, 3))
    assert (flipped ^ same).all()
    assert 60 < flipped.sum() < 140


def test_a_shift_moves_and_fills_with_zero():
    x = images(300)
    y = augment(Shift(2), x)
    ways = set()
    for old, new in zip(x, y, strict=True):
        found = [
            (down, right)
            for down in range(-2, 3)
            for right in range(-2, 3)
            if np.array_equal(
                np.pad(old, ((0, 0), (2, 2), (2, 2)))[:, 2 - down : 11 - down, 2 - right : 9 - right], new
            )
        ]
        assert len(found) == 1
        ways.update(found)
    assert len(ways) == 25


def test_a_crop_is_a_window_of_the_padded_image():
    x = images()
    padded = np.pad(x, ((0, 0), (0, 0), (3, 3), (3, 3)), "reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (9, 7), axis=(2, 3))
    y = augment(Crop(3), x)
    found = (windows == y[:, :, None, None]).all(axis=(1, 4, 5))
    assert (found.sum(axis=(1, 2)) == 1).all()
    assert found.any(axis=0).all()


class Angle:
    """A random generator that draws one given angle."""

    def __init__(self, degrees):
        self.degrees = degrees

    def uniform(self, low, high, count):
        return np.full(count, float(self.degrees))


@pytest.mark.parametrize("size", [1, 4, 7])
@pytest.mark.parametrize("quarters", [0, 1, 2, -1])
def test_rotations_by_90_degrees_are_exact(backend, size, quarters):
    x = images(3, size, size, "float64")
    y = Rotation(180)(x, Angle(90 * quarters))
    np.testing.assert_allclose(y, np.rot90(x, quarters, axes=(2, 3)), rtol=1e-12)


def test_a_rotation_equals_pytorchs_grid_sample(backend, torch):
    x = images(4, 8, 8, "float64")
    for degrees in (10, -35, 120):
        angle = np.deg2rad(degrees)
        turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0]])
        grid = torch.nn.functional.affine_grid(torch.tensor(turn).expand(4, 2, 3), x.shape, align_corners=False)
        theirs = torch.nn.functional.grid_sample(torch.tensor(x), grid, align_corners=False)
        np.testing.assert_allclose(Rotation(180)(x, Angle(degrees)), theirs.numpy(), rtol=1e-10, atol=1e-12)


def test_a_rotation_takes_images_of_any_layout_and_floats_alone(backend):
    x = images(3, 5, 6)
    turned = np.ascontiguousarray(x.transpose(0, 1, 3, 2)).transpose(0, 1, 3, 2)
    np.testing.assert_array_equal(Rotation(180)(turned, Angle(30)), Rotation(180)(x, Angle(30)))
    with pytest.raises(DTypeError, match=r"float32 or float64, got uint8: x\.astype"):
        Rotation(180)(np.zeros((2, 1, 4, 4), np.uint8), Angle(30))


def test_angles_are_within_the_given_degrees():
    drawn = []

    class Rng:
        def uniform(self, low, high, count):
            drawn.append((low, high))
            return np.zeros(count)

    np.testing.assert_allclose(Rotation(25)(images(2), Rng()), images(2), rtol=1e-6)
    assert drawn == [(-25, 25)]


def test_a_cutout_is_a_square_of_zeros_about_any_pixel():
    x = images(500)
    y = augment(Cutout(3), x)
    assert ((y == x) | (y == 0)).all()
    cut = (y == 0).all(axis=1)
    assert (cut == (y == 0).any(axis=1)).all()
    rows, columns = cut.any(axis=2).sum(axis=1), cut.any(axis=1).sum(axis=1)
    assert (cut.sum(axis=(1, 2)) == rows * columns).all()
    assert set(rows) == set(columns) == {2, 3}
    assert cut.any(axis=0).all()


def test_noise_has_its_deviation_and_takes_any_shape():
    x = np.zeros((100, 100), np.float32)
    noise = augment(Noise(0.5), x)
    assert abs(noise.mean()) < 0.02
    assert noise.std() == pytest.approx(0.5, rel=0.05)


def test_a_cutout_leaves_zeros_where_pixels_are_not_finite():
    x = np.full((8, 1, 6, 6), np.inf, np.float32)
    y = Cutout(3)(x, np.random.default_rng(0))
    assert set(np.unique(y)) == {0, np.inf}


def test_noise_takes_floats_alone():
    with pytest.raises(DTypeError, match=r"Noise takes images of float32 or float64, got uint8: x\.astype"):
        Noise(0.1)(np.zeros((2, 3), np.uint8), np.random.default_rng(0))


def test_augmentations_of_size_0_change_nothing():
    x = images()
    for transform in (Flip(False), Shift(0), Crop(0), Noise(0)):
        np.testing.assert_array_equal(augment(transform, x), x)


def test_fit_draws_augmentation_from_its_own_generator(backend):
    x, y = images(40, 8, 8)[:, :1], problem()[1]

    def train(seed=0, augment=(), shuffle=True):
        net = CNN((1, 8, 8), 2, 3, hidden_units=[4], output_shape=3, seed=seed)
        losses = net.fit(x, y, loss="cross_entropy", augment=augment, shuffle=shuffle, verbose=0).step_losses
        return losses, net.shuffling.bit_generator.state

    kept = x.copy()
    plain, augmented = train(), train(augment=[Flip(), Shift(1)])
    assert augmented == train(augment=[Flip(), Shift(1)])
    assert augmented[0] != plain[0]
    assert augmented[1] == plain[1]
    train(augment=[Noise(1)], shuffle=False)
    np.testing.assert_array_equal(x, kept)


def test_a_function_of_the_users_may_write_into_the_batch():
    x, y = problem()
    kept = x.copy()
    digests = set()
    for double in (lambda x, rng: x * 2, lambda x, rng: np.multiply(x, 2, out=x)):
        net = small_net()
        net.fit(x, y, loss="cross_entropy", augment=[double], shuffle=False, verbose=0)
        digests.add(net.digest())
        np.testing.assert_array_equal(x, kept)
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("function", "error", "words"),
    [
        (lambda x, rng: np.concatenate([x, x]), ShapeError, r"x has 64 rows, but the batch has 32"),
        (lambda x, rng: x[:5], ShapeError, r"x has 5 rows, but the batch has 32"),
        (lambda x, rng: np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1))), ShapeError, r"got \(32, 1, 10, 10\)"),
        (lambda x, rng: x.reshape(len(x), 64), ShapeError, r"got \(32, 64\)"),
        (lambda x, rng: x + rng.normal(size=x.shape), DTypeError, r"x\.astype\('float32'\)"),
        (lambda x, rng: None, DTypeError, "got NoneType"),
    ],
)
def test_the_result_of_a_function_of_the_users_is_checked_against_the_batch(function, error, words, backend):
    x, y = np.zeros((32, 1, 8, 8), np.float32), np.zeros(32, int)
    net = nnfs.Sequential([nnfs.Flatten(), nnfs.Dense(3)], (1, 8, 8))
    before = net.digest()
    with pytest.raises(error, match=r"what augment\[1\] returned does not fit: .*" + words):
        net.fit(x, y, loss="cross_entropy", augment=[Flip(), function], verbose=0)
    with pytest.raises(error, match=r"what augment\[0\] returned does not fit: .*" + words):
        net.fit(x, y, loss="cross_entropy", augment=[function, Flip()], verbose=0)
    assert net.digest() == before


def test_images_that_are_not_contiguous_are_copied(backend):
    x, y = np.random.default_rng(0).normal(size=(32, 1, 8, 8)).astype(np.float32), np.arange(32) % 3

    def train(function):
        net = nnfs.Sequential([nnfs.Conv2D(2, 3), nnfs.Flatten(), nnfs.Dense(3)], (1, 8, 8), seed=1)
        net.fit(x, y, loss="cross_entropy", augment=[function], verbose=0)
        return net.digest()

    assert train(lambda x, rng: x[..., ::-1]) == train(lambda x, rng: np.ascontiguousarray(x[..., ::-1]))


def test_what_is_no_image_is_refused():
    for transform in ALL[:-1]:
        with pytest.raises(ShapeError, match=r"changes images \(N, C, H, W\), got an array \(3, 4\)"):
            augment(transform, np.zeros((3, 4)))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Shift(-1),
        lambda: Shift(1.5),
        lambda: Crop(-1),
        lambda: Crop(1, mode="mean"),
        lambda: Rotation(181),
        lambda: Cutout(0),
        lambda: Noise(-0.1),
    ],
)
def test_bad_arguments_are_refused(make):
    with pytest.raises((ValueError, TypeError), match=r"(Shift|Crop|Rotation|Cutout|Noise): "):
        make()


@pytest.mark.parametrize("transform", [Shift(2**30), Crop(2**30)])
def test_a_border_that_fits_into_no_memory_is_refused(transform):
    with pytest.raises(ShapeError, match=r"images with 1073741824 pixels around them, .* would take .* bytes"):
        augment(transform, images())


def test_the_repr_shows_the_arguments():
    assert repr(Crop(2, mode="edge")) == "Crop(padding=2, mode='edge')"
    with pytest.raises(NotImplementedError, match="Augmentation changes nothing"):
        augment(Augmentation(), images())
