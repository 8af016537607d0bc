import numpy as np
import pytest

from nnfs import Concat, Dense, ReLU, Residual, ShapeError, Sigmoid, Softmax, UnsupportedError
from nnfs.losses import L1, BinaryCrossEntropy, CrossEntropy, Huber, Loss, MeanSquaredError
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
