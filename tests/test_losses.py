import numpy as np
import pytest

from nnfs import Concat, Dense, DTypeError, ReLU, Residual, ShapeError, Sigmoid, Softmax, UnsupportedError
from nnfs.losses import (
    L1,
    LOSSES,
    BinaryCrossEntropy,
    CrossEntropy,
    Huber,
    Loss,
    MeanSquaredError,
    get_loss,
)
from nnfs.testing import check_gradients

FLOAT = np.dtype("float64")
REGRESSIONS = [MeanSquaredError(), L1(), Huber(), Huber(0.3)]


def value_and_gradient(loss, outputs, targets):
    gradient = np.full_like(outputs, np.nan)
    with np.errstate(all="ignore"):
        return loss(outputs, targets, gradient=gradient), gradient


def random_targets(loss, shape, rng):
    if isinstance(loss, CrossEntropy):
        return rng.integers(0, shape[1], shape[0])
    return rng.random(shape) if isinstance(loss, BinaryCrossEntropy) else rng.normal(size=shape)


SMOOTH = [CrossEntropy(label_smoothing=0.1), CrossEntropy(label_smoothing=1)]
ALL = [*REGRESSIONS, CrossEntropy(), *SMOOTH, BinaryCrossEntropy()]


@pytest.mark.parametrize("loss", ALL, ids=repr)
@pytest.mark.parametrize("shape", [(1, 2), (4, 3), (7, 10), (2, 64)])
def test_the_gradient_is_the_derivative(backend, loss, shape):
    rng = np.random.default_rng(0)
    targets = random_targets(loss, shape, rng)

    def function(outputs):
        value, gradient = value_and_gradient(loss, outputs, targets)
        return value, lambda v: [v * gradient]

    check_gradients(function, [rng.normal(size=shape)])


@pytest.mark.parametrize("loss", REGRESSIONS, ids=repr)
def test_regression_losses_take_images_too(backend, loss):
    rng = np.random.default_rng(0)
    outputs, targets = rng.normal(size=(2, 2, 3, 4, 5))
    value, gradient = value_and_gradient(loss, outputs, targets)
    flat_value, flat_gradient = value_and_gradient(loss, outputs.reshape(2, 60), targets.reshape(2, 60))
    assert value == flat_value
    np.testing.assert_array_equal(gradient, flat_gradient.reshape(gradient.shape))


@pytest.mark.parametrize("loss", ALL, ids=repr)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_weight_multiplies_the_loss_of_its_sample(backend, loss, dtype):
    rng = np.random.default_rng(0)
    outputs = (10 * rng.normal(size=(6, 4))).astype(dtype)
    targets = random_targets(loss, outputs.shape, rng)
    targets = targets if targets.dtype == np.int64 else targets.astype(dtype)
    weights = np.array([0, 1, 2, 0.5, 1, 3], dtype)
    rows = [slice(n, n + 1) for n in range(6)]
    each = [value_and_gradient(loss, outputs[row], targets[row]) for row in rows]
    tolerance = 1e-5 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(loss.samples(outputs, targets), [value for value, _ in each], rtol=tolerance)
    np.testing.assert_allclose(Loss.samples(loss, outputs, targets), [value for value, _ in each], rtol=tolerance)
    gradient = np.full_like(outputs, np.nan)
    value = loss.weighted(outputs, targets, weights, gradient=gradient)
    assert value == pytest.approx(sum(w * value for w, (value, _) in zip(weights, each, strict=True)) / 6, rel=1e-5)
    wanted = np.concatenate([w * slope / 6 for w, (_, slope) in zip(weights, each, strict=True)])
    np.testing.assert_allclose(gradient, wanted, rtol=tolerance, atol=1e-30)


def test_weights_of_images_are_one_for_each_sample(backend):
    rng = np.random.default_rng(0)
    outputs, targets = rng.normal(size=(2, 2, 3, 4, 5))
    gradient = np.empty_like(outputs)
    value = MeanSquaredError().weighted(outputs, targets, np.array([0.0, 2.0]), gradient=gradient)
    assert value == pytest.approx(MeanSquaredError()(outputs[1:], targets[1:], gradient=np.empty_like(outputs[1:])))
    assert not gradient[0].any()


@pytest.mark.parametrize("bad", [-0.1, 1.1, np.nan])
def test_label_smoothing_is_from_0_to_1(bad):
    with pytest.raises(ValueError, match="CrossEntropy: label_smoothing must be a finite number >= 0 and <= 1"):
        CrossEntropy(label_smoothing=bad)


@pytest.mark.parametrize("scale", [1, 100, 1e4])
def test_losses_equal_pytorchs(backend, torch, scale):
    functional = torch.nn.functional
    rng = np.random.default_rng(0)
    pairs = [
        (MeanSquaredError(), functional.mse_loss),
        (L1(), functional.l1_loss),
        (Huber(0.7), lambda y, t: functional.huber_loss(y, t, delta=0.7)),
        (CrossEntropy(), functional.cross_entropy),
        (SMOOTH[0], lambda y, t: functional.cross_entropy(y, t, label_smoothing=0.1)),
        (SMOOTH[1], lambda y, t: functional.cross_entropy(y, t, label_smoothing=1)),
        (BinaryCrossEntropy(), functional.binary_cross_entropy_with_logits),
    ]
    for loss, rival in pairs:
        outputs = scale * rng.normal(size=(5, 4))
        targets = random_targets(loss, outputs.shape, rng)
        value, gradient = value_and_gradient(loss, outputs, targets)
        outputs_torch = torch.tensor(outputs, requires_grad=True)
        value_torch = rival(outputs_torch, torch.tensor(targets))
        value_torch.backward()
        assert value == pytest.approx(value_torch.item(), rel=1e-12)
        np.testing.assert_allclose(gradient, outputs_torch.grad.numpy(), rtol=1e-10, atol=1e-300)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_losses_equal_values_computed_by_hand(backend, dtype):
    outputs, targets = np.array([[1, 2], [0, -3]], dtype), np.array([[1, 0], [1, -2.5]], dtype)
    for loss, value, gradient in [
        (MeanSquaredError(), (4 + 1 + 0.25) / 4, [[0, 1], [-0.5, -0.25]]),
        (L1(), (2 + 1 + 0.5) / 4, [[0, 0.25], [-0.25, -0.25]]),
        (Huber(1), (1.5 + 0.5 + 0.125) / 4, [[0, 0.25], [-0.25, -0.125]]),
    ]:
        got, slope = value_and_gradient(loss, outputs, targets)
        assert got == pytest.approx(value)
        assert slope.dtype == dtype
        np.testing.assert_allclose(slope, gradient)
    got, slope = value_and_gradient(CrossEntropy(), np.zeros((2, 4), dtype), np.array([1, 3]))
    assert got == pytest.approx(np.log(4))
    np.testing.assert_allclose(slope, (0.25 - np.eye(4)[[1, 3]]) / 2)
    got, slope = value_and_gradient(BinaryCrossEntropy(), np.zeros((2, 1), dtype), np.array([[1], [0]], dtype))
    assert got == pytest.approx(np.log(2))
    np.testing.assert_allclose(slope, [[-0.25], [0.25]])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_scores_of_ten_thousand_stay_exact(backend, dtype):
    logits = np.array([[1e4, -1e4, 0], [-1e4, -1e4, -1e4]], dtype)
    value, gradient = value_and_gradient(CrossEntropy(), logits, np.array([1, 2]))
    assert value == pytest.approx((2e4 + np.log(3)) / 2, rel=1e-6)
    assert np.isfinite(gradient).all()
    value, gradient = value_and_gradient(
        BinaryCrossEntropy(), np.array([[1e4], [-1e4]], dtype), np.array([[0], [0]], dtype)
    )
    assert value == pytest.approx(5000)
    np.testing.assert_array_equal(gradient, np.array([[0.5], [0]], dtype))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_outputs_that_are_not_finite_make_the_loss_not_finite(backend, bad):
    for loss in (MeanSquaredError(), L1(), CrossEntropy()):
        outputs = np.zeros((3, 2))
        outputs[1, 0] = bad
        targets = np.zeros(3, np.int64) if isinstance(loss, CrossEntropy) else np.zeros((3, 2))
        value, gradient = value_and_gradient(loss, outputs, targets)
        assert not np.isfinite(value)
        assert np.isfinite(gradient[[0, 2]]).all()  # NaN in one row does not reach the other rows


@pytest.mark.parametrize(
    ("targets", "error", "words"),
    [
        ([0, -1, 1], ValueError, r"y\[1\] is -1, but the network has 3 classes: labels go from 0 to 2"),
        ([0, 1, 3], ValueError, r"y\[2\] is 3, but"),
        (np.array([0, 2**40]), ValueError, r"y\[1\] is 1099511627776"),
        (np.array([2**63], np.uint64), ValueError, r"y\[0\] is 9223372036854775808"),
        ([0.0, 1.5, 2.5], DTypeError, r"got float64, y\[1\] is 1.5; for numbers to predict: loss='mean_squared_error'"),
        ([0.0, np.nan], DTypeError, r"y\[1\] is nan"),
        (np.float32([0, 3]), ValueError, r"y\[1\] is 3, but .*; for 4 classes the network ends in Dense\(4\)$"),
        (["a", "b"], DTypeError, r"got <U1, y\[0\] is .*'a'.*write names, y = np.unique\(y, return_inverse=True\)"),
        ([0, None], DTypeError, "got object"),
        (np.eye(4, dtype=int), ShapeError, r"one-hot for 4 classes, but the network has 3; .* Dense\(4\)"),
        (
            np.eye(3) * 0.8,
            ShapeError,
            r"\(3, 3\); of scores or probabilities, the class of each sample is y\.argmax\(axis=1\)",
        ),
        (np.ones((4, 3), int), ShapeError, r"y\[0\] has 3 ones; .*: loss='binary_cross_entropy'"),
        (np.int64(1), ShapeError, r"got \(\)"),
        ([[0], [1, 2]], DTypeError, "y cannot be read as an array of numbers"),
        (None, DTypeError, "y must be an array of numbers, got NoneType"),
        ("012", DTypeError, "got str"),
        (np.ma.masked_array([0, 1], [0, 1]), DTypeError, r"masked array; fill it first: y\.filled\(0\)"),
    ],
)
def test_an_error_for_wrong_labels_names_row_and_value(targets, error, words):
    with pytest.raises(error, match=words):
        CrossEntropy().check_targets(targets, (3,), FLOAT)


@pytest.mark.parametrize(
    "targets", [[0, 2, 1], (0, 2, 1), *(np.array([0, 2, 1], t) for t in "bBhHiIqQ"), np.array([0, 2, 1], ">i4")]
)
def test_labels_of_any_integer_type_become_int64(targets):
    labels = CrossEntropy().check_targets(targets, (3,), FLOAT)
    assert labels.dtype == np.int64
    assert labels.flags.c_contiguous
    np.testing.assert_array_equal(labels, [0, 2, 1])


def test_labels_may_be_of_one_class_or_empty():
    assert CrossEntropy().check_targets([2, 2], (3,), FLOAT).tolist() == [2, 2]
    assert CrossEntropy().check_targets([], (3,), FLOAT).dtype == np.int64


def test_strided_and_read_only_labels_are_copied_not_changed():
    labels = np.arange(6) % 3
    labels.flags.writeable = False
    np.testing.assert_array_equal(CrossEntropy().check_targets(labels[::-2], (3,), FLOAT), [2, 0, 1])


def test_networks_that_do_not_fit_cross_entropy_are_refused():
    with pytest.raises(ShapeError, match=r"at least two classes; the network has one: .*loss='binary_cross_entropy'"):
        CrossEntropy().check_targets([0], (1,), FLOAT)
    with pytest.raises(ShapeError, match="one score for each class"):
        CrossEntropy().check_targets([0], (3, 4, 4), FLOAT)
    with pytest.raises(ValueError, match=r"ends in Softmax\(\), which would be applied twice"):
        CrossEntropy().check_last_layer(Softmax())
    with pytest.raises(ValueError, match=r"ends in Sigmoid\(\), which would be applied twice"):
        BinaryCrossEntropy().check_last_layer(Sigmoid())
    for last in (
        Residual([Dense(2), Softmax()]),
        Concat([[Dense(2)], [Residual([Softmax()])]]),
        Residual([ReLU()], [Softmax()]),
    ):
        with pytest.raises(ValueError, match=r"ends in Softmax\(\), which would be applied twice"):
            CrossEntropy().check_last_layer(last)
    CrossEntropy().check_last_layer(Residual([Softmax(), Dense(2)]))
    for loss in (CrossEntropy(), BinaryCrossEntropy(), MeanSquaredError()):
        loss.check_last_layer(Dense(2))
    MeanSquaredError().check_last_layer(Softmax())


@pytest.mark.parametrize(
    ("targets", "words"),
    [([0, 2], r"y\[1\] is \[2\.\]"), ([0, -0.1], r"y\[1\]"), ([np.nan, 1], r"y\[0\] is \[nan\]")],
)
def test_yes_or_no_targets_go_from_0_to_1(targets, words):
    with pytest.raises(ValueError, match=words):
        BinaryCrossEntropy().check_targets(targets, (1,), FLOAT)


def test_numbers_for_one_output_may_come_without_the_second_axis():
    for targets in ([1, 2, 3], np.array([1.0, 2, 3]), np.array([1, 2, 3]), [[1], [2], [3]], np.float32([1, 2, 3])):
        got = MeanSquaredError().check_targets(targets, (1,), FLOAT)
        assert got.dtype == FLOAT
        np.testing.assert_array_equal(got, [[1], [2], [3]])
    for wrong in (np.zeros((3, 2)), np.zeros((3, 1, 1)), np.float64(1)):
        with pytest.raises(ShapeError, match=r"y must have shape \(N, 1\), as the network's output, got"):
            MeanSquaredError().check_targets(wrong, (1,), FLOAT)
    with pytest.raises(ShapeError, match=r"y must have shape \(N, 2\), as the network's output, got \(2,\)"):
        MeanSquaredError().check_targets([1, 2], (2,), FLOAT)


def test_whole_numbers_are_targets_where_the_type_holds_them_exactly():
    single = np.dtype("float32")
    assert MeanSquaredError().check_targets(np.array([2**24]), (1,), single).dtype == single
    for wrong in (2**24 + 1, 2**63 - 1):
        with pytest.raises(DTypeError, match="integers that float32 cannot hold exactly"):
            MeanSquaredError().check_targets(np.array([wrong]), (1,), single)
    with pytest.raises(DTypeError, match=r"must be float32 .* got float64; .*y\.astype\('float32'\)"):
        MeanSquaredError().check_targets(np.zeros(3), (1,), single)


def test_probabilities_and_classes_follow_from_the_outputs():
    scores = np.array([[0.0, np.log(3)], [1e4, -1e4]])
    np.testing.assert_allclose(CrossEntropy().probabilities(scores), [[0.25, 0.75], [1, 0]])
    np.testing.assert_array_equal(CrossEntropy().classes(scores), [1, 0])
    yes = np.array([[np.log(3)], [-1e4], [1e4]])
    np.testing.assert_allclose(BinaryCrossEntropy().probabilities(yes), [[0.25, 0.75], [1, 0], [0, 1]])
    np.testing.assert_array_equal(BinaryCrossEntropy().classes(yes), [1, 0, 1])
    np.testing.assert_allclose(BinaryCrossEntropy().probabilities(np.zeros((1, 3))), [[0.5, 0.5, 0.5]])
    assert np.isnan(CrossEntropy().probabilities(np.array([[np.inf, 0]]))).all()
    with pytest.raises(UnsupportedError, match="no single class"):
        BinaryCrossEntropy().classes(np.zeros((1, 3)))
    with pytest.raises(UnsupportedError, match="'mean_squared_error' has no probabilities"):
        MeanSquaredError().probabilities(yes)
    with pytest.raises(UnsupportedError, match="has no classes"):
        MeanSquaredError().classes(yes)


def test_samples_are_split_in_proportion_where_they_have_classes():
    labels = np.array([0, 1, 1])
    np.testing.assert_array_equal(CrossEntropy().strata(labels), labels)
    np.testing.assert_array_equal(BinaryCrossEntropy().strata(labels[:, None] * 1.0), labels)
    assert BinaryCrossEntropy().strata(labels[:, None] * 0.5) is None
    assert BinaryCrossEntropy().strata(np.zeros((3, 2))) is None
    assert MeanSquaredError().strata(labels[:, None]) is None


def test_a_loss_is_found_by_name():
    for name, loss in LOSSES.items():
        assert type(get_loss(name)) is loss
    custom = Huber(2)
    assert get_loss(custom) is custom
    assert repr(custom) == "Huber(delta=2.0)"
    assert Huber(**custom.config()).delta == 2
    for wrong in ("tversky", None, 3, ["l1"]):
        with pytest.raises(ValueError, match=r"unknown loss .*; the names are mean_squared_error, l1, huber, cross_"):
            get_loss(wrong)
    with pytest.raises(ValueError, match="Huber: delta must be a finite number > 0, got 0"):
        Huber(0)
    with pytest.raises(NotImplementedError, match="Loss has no formula"):
        Loss()(np.zeros(1), np.zeros(1), gradient=np.zeros(1))
