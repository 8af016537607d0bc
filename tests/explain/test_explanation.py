"""Explanations: the terms of every number sum to that number, forward and backward, for every layer."""

from __future__ import annotations

import re
import threading

import numpy as np
import pytest
from explain_cases import CASES, explained, places

import nnfs
from nnfs import layers
from nnfs.errors import ShapeError, UnsupportedError


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_terms_sum_to_the_numbers_of_the_pass(backend, name, training):
    explanation, _ = explained(name, training=training)
    rng = np.random.default_rng(2)
    for layer, facts in explanation.layers.items():
        for sample, *index in places(facts.output.shape, rng):
            account = explanation.how(layer, index, sample=sample)
            assert account.value == facts.output[(sample, *index)]
            assert account.total == pytest.approx(account.value, rel=1e-9, abs=1e-12)
        for sample, *index in places(facts.input.shape, rng):
            account = explanation.how_backward(layer, index, of="input", sample=sample)
            assert account.value == facts.input_gradient[(sample, *index)]
            assert account.total == pytest.approx(account.value, rel=1e-9, abs=1e-12)
        for parameter, gradient in facts.parameter_gradients.items():
            for place in places(gradient.shape, rng, 4):
                account = explanation.how_backward(layer, place, of=parameter)
                assert account.value == gradient[place]
                assert account.total == pytest.approx(account.value, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CASES)
def test_gradients_equal_finite_differences(name, dtype):
    explanation, _ = explained(name, dtype=dtype)
    rng = np.random.default_rng(3)
    close = {"rel": 1e-3, "abs": 1e-6}
    for layer, facts in explanation.layers.items():
        for sample, *index in places(facts.output.shape, rng, 2):
            difference = explanation.finite_difference(layer, index, sample=sample)
            assert difference == pytest.approx(facts.output_gradient[(sample, *index)], **close)
        for parameter, gradient in facts.parameter_gradients.items():
            place = places(gradient.shape, rng, 1)[0]
            assert explanation.finite_difference(layer, place, of=parameter) == pytest.approx(gradient[place], **close)
    sample, *index = places(explanation.x.shape, rng, 1)[0]
    difference = explanation.finite_difference(None, index, sample=sample)
    assert difference == pytest.approx(explanation.input_gradient[(sample, *index)], **close)


def test_the_network_stays_as_it_was(backend):
    network = nnfs.Sequential([nnfs.Dense(4), nnfs.BatchNorm(), nnfs.Dropout(0.5), nnfs.Dense(2)], 3)
    network.parameters["0.weight"].grad[...] = 7
    before, nodes, random = network.digest(), network.nodes, network.dropout.bit_generator.state
    x = np.ones((4, 3), np.float32)
    explanation = network.explain(x, [0, 1, 0, 1], loss="cross_entropy", training=True)
    explanation.finite_difference("0", (1, 1), of="weight")
    assert (network.digest(), network.loss) == (before, None)
    assert network.nodes is nodes
    assert network.dropout.bit_generator.state == random
    assert (network.parameters["0.weight"].grad == 7).all()
    network.parameters["0.weight"].value[...] = 0
    assert explanation.layers["0"].parameters["weight"].any()


def test_the_pass_is_that_of_predict_and_of_evaluate(backend):
    network = nnfs.CNN(input_shape=(1, 8, 8), filters=[3], kernel_size=3, hidden_units=[5], output_shape=4)
    x, y = np.random.default_rng(0).normal(size=(3, 1, 8, 8)).astype(np.float32), np.array([0, 3, 1])
    network.loss = "cross_entropy"
    explanation = network.explain(x, y)
    np.testing.assert_allclose(explanation.outputs, network.predict(x), rtol=1e-5, atol=1e-6)
    assert explanation.loss == pytest.approx(network.evaluate(x, y)["loss"], rel=1e-5)
    assert explanation.backend == backend
    assert [facts.type for facts in explanation.layers.values()][:3] == ["Conv2D", "ReLU", "MaxPool2D"]
    first = explanation.layers["0"]
    assert "y[n, f, p, q] = b[f] + sum over c, i, j" in first.formula
    assert "Parameters" not in first.formula
    assert first.source.startswith("nnfs/layers/conv2d.py:")


def test_without_targets_there_is_no_gradient():
    explanation = nnfs.Sequential([nnfs.Dense(2)], 2).explain(np.ones((1, 2), np.float32))
    assert (explanation.loss, explanation.input_gradient) == (None, None)
    assert explanation.layers["0"].parameter_gradients is None
    assert explanation.how("0", 1).total == pytest.approx(explanation.outputs[0, 1])
    for call in (explanation.how_backward, explanation.finite_difference):
        with pytest.raises(ValueError, match="needs the targets"):
            call("0", 0)


def test_layers_within_layers_have_their_names_and_a_layer_that_stands_twice_has_both_sums():
    twice = layers.Dense(3)
    network = nnfs.Sequential(
        [twice, layers.Tanh(), layers.Residual([twice]), layers.Concat([[], [layers.ReLU()]])], 3, dtype="float64"
    )
    explanation = network.explain(np.ones((2, 3)), np.ones((2, 6)), loss="l1")
    assert list(explanation.layers) == ["0", "1", "2", "2.body.0", "3", "3.branches.1.0"]
    account = explanation.how_backward("0", (1, 2), of="weight")
    assert {term.factors[0].layer for term in account.terms} == {"0", "2.body.0"}
    assert account.total == pytest.approx(account.value)
    assert explanation.finite_difference("2.body.0", (1, 2), of="weight") == pytest.approx(account.value, abs=1e-6)
    assert explanation.layers["2"].parameters == {}


def test_a_layer_from_elsewhere_has_numbers_and_no_terms():
    class Twice(layers.Layer):
        def forward(self, x, ctx):
            return 2 * x

        def backward(self, dy, ctx):
            return 2 * dy

    explanation = nnfs.Sequential([Twice()], 2).explain(
        np.ones((1, 2), np.float32), np.zeros((1, 2), np.float32), loss="mean_squared_error"
    )
    assert explanation.layers["0"].output.tolist() == [[2, 2]]
    assert explanation.finite_difference(None, 0) == pytest.approx(explanation.input_gradient[0, 0])
    with pytest.raises(UnsupportedError, match="and not how they came about"):
        explanation.how("0", 0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda e: e.how("7", 0), "there is no layer '7'; the layers are '0', '1'"),
        (lambda e: e.how("0", (0, 0)), r"index must have 1 places, one for each axis of \(4,\)"),
        (lambda e: e.how("0", 4), "index must be"),
        (lambda e: e.how("0", 0, sample=3), "index must be"),
        (
            lambda e: e.how_backward("0", 0, of="wait"),
            "of must be 'output', 'input' or a parameter of the layer, 'weight', 'bias'",
        ),
        (lambda e: e.finite_difference("0", 0, of="wait"), "of must be 'output', 'input' or a parameter"),
    ],
)
def test_what_is_not_there_is_an_error_that_lists_what_is(call, message):
    explanation, _ = explained("Dense")
    with pytest.raises(ValueError, match=message):
        call(explanation)


def test_bad_arguments_are_refused():
    network = nnfs.Sequential([nnfs.Dense(2)], 2)
    with pytest.raises(ShapeError, match="no rows"):
        network.explain(np.empty((0, 2), np.float32))
    with pytest.raises(ValueError, match="explain needs to know the loss"):
        network.explain(np.ones((1, 2), np.float32), [1])
    with pytest.raises(nnfs.NumericError):
        network.explain(np.full((1, 2), np.nan, np.float32))


def test_several_threads_may_explain_and_predict_at_once():
    network = nnfs.Sequential([nnfs.Dense(30), nnfs.ReLU(), nnfs.Dense(3)], 8)
    x, y = np.random.default_rng(0).normal(size=(4, 8)).astype(np.float32), np.zeros(4, int)
    wanted, found = network.explain(x, y, loss="cross_entropy"), []
    threads = [
        threading.Thread(target=lambda: found.append(network.explain(x, y, loss="cross_entropy"))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for each in found:
        np.testing.assert_array_equal(
            each.layers["0"].parameter_gradients["weight"], wanted.layers["0"].parameter_gradients["weight"]
        )


@pytest.mark.parametrize("name", ["Dense", "Conv2D", "Residual", "Residual with shortcut", "Concat", "MaxPool2D"])
def test_gradients_of_inputs_and_outputs_have_an_account_and_a_difference_by_the_same_names(name):
    explanation, _ = explained(name)
    rng = np.random.default_rng(3)
    for layer, facts in explanation.layers.items():
        for of, array, gradient in (
            ("input", facts.input, facts.input_gradient),
            ("output", facts.output, facts.output_gradient),
        ):
            for sample, *index in places(array.shape, rng, 2):
                account = explanation.how_backward(layer, index, of=of, sample=sample)
                assert account.value == gradient[(sample, *index)]
                assert account.total == pytest.approx(account.value, rel=1e-9, abs=1e-12)
                difference = explanation.finite_difference(layer, index, of=of, sample=sample)
                assert difference == pytest.approx(account.value, rel=1e-3, abs=1e-6)
    sample, *index = places(explanation.x.shape, rng, 1)[0]
    assert explanation.how_backward(None, index, sample=sample).value == explanation.input_gradient[(sample, *index)]


def test_at_a_kink_the_difference_tells_the_slopes_to_both_sides():
    network = nnfs.Sequential([nnfs.MaxPool2D(2)], (1, 2, 2), dtype="float64")
    x = np.array([[[[3.0, 1.0], [3.0, 2.0]]]])
    explanation = network.explain(x, np.zeros((1, 1, 1, 1)), loss="mean_squared_error")
    first, second = (explanation.finite_difference(None, place) for place in ((0, 0, 0), (0, 1, 0)))
    for difference in (first, second):
        assert (difference.above, difference.below) == (pytest.approx(6, rel=1e-4), 0)
        assert "a kink: the slope from above is 6" in str(difference)
    assert explanation.input_gradient.tolist() == [[[[6, 0], [0, 0]]]]
    smooth = explanation.finite_difference("0", (0, 0, 0))
    assert (smooth.is_kink, str(smooth)) == (False, repr(float(smooth)))
    terms = str(explanation.how("0", (0, 0, 0)))
    assert "x[0, 0, 1, 0] 3, equal, not the first" in terms
    assert "x[0, 0, 0, 1] 1, smaller" in terms
    assert "x 3 was equal, not the first" in str(explanation.how_backward("0", (0, 1, 0), of="input"))


def test_a_curve_is_no_kink():
    network = nnfs.Sequential([nnfs.Dense(1, use_bias=False)], 1, dtype="float64")
    network.parameters["0.weight"].value[...] = 0
    explanation = network.explain(np.full((1, 1), 100.0), np.zeros((1, 1)), loss="mean_squared_error")
    assert not explanation.finite_difference("0", (0, 0), of="weight").is_kink


def test_differences_of_a_training_pass_are_those_of_whole_passes():
    layers_ = [nnfs.Dense(4), nnfs.BatchNorm(), nnfs.Dropout(0.5), nnfs.Dense(2)]
    network = nnfs.Sequential(layers_, 3, dtype="float64")
    x = np.random.default_rng(0).normal(size=(4, 3))
    explanation = network.explain(x, [0, 1, 0, 1], loss="cross_entropy", training=True)
    gradient = explanation.input_gradient
    assert explanation.finite_difference(None, 1, sample=2) == pytest.approx(gradient[2, 1], abs=1e-6)
    gradient = explanation.layers["0"].parameter_gradients["weight"]
    assert explanation.finite_difference("0", (1, 1), of="weight") == pytest.approx(gradient[1, 1], abs=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda e: e.how_backward("0", (3, 1)), "; did you mean of='weight'?"),
        (lambda e: e.finite_difference(0, (3, 1)), "; did you mean of='weight'?"),
        (lambda e: e.finite_difference("0", 0, of="wieght"), "; did you mean 'weight'?"),
        (lambda e: e.how("0.wieght", 0), "; did you mean layer '0' with of='weight'?"),
    ],
)
def test_a_slip_gets_a_suggestion(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call(explained("Dense")[0])


def test_a_number_names_a_layer():
    explanation, _ = explained("Dense")
    assert str(explanation.how(0, 1)) == str(explanation.how("0", 1))
    assert str(explanation.how_backward(0, (1, 1), of="weight")) == str(
        explanation.how_backward("0", (1, 1), of="weight")
    )


def test_terms_that_are_0_are_counted_and_not_written():
    network = nnfs.Sequential([nnfs.Dense(1)], 6, dtype="float64")
    x = np.array([[1.0, 0, 0, 0, 0, 2]])
    lines = str(network.explain(x).how(0, 0)).splitlines()
    assert [line for line in lines if " x[" in line] == lines[:2]
    assert lines[-2] == "  + 5 terms are 0"  # the bias is one of them


def test_a_plain_convolution_has_a_formula_without_groups_and_dilation():
    def formula(layer):
        network = nnfs.Sequential([layer], (2, 6, 6))
        return network.explain(np.ones((1, 2, 6, 6), np.float32)).layers["0"].formula

    for kind in (layers.Conv2D, layers.ConvTranspose2D):
        assert not re.search("C/G|F/G|group|dilation", formula(kind(2, 3)))
        assert re.search("C/G|F/G", formula(kind(2, 3, groups=2)))
        assert "dilation" in formula(kind(2, 3, dilation=2))


def test_a_gate_scales_and_its_body_gets_the_sum_over_what_it_scales():
    body = [layers.GlobalAvgPool2D(), layers.Reshape((2, 1, 1)), layers.Conv2D(2, 1), layers.Sigmoid()]
    network = nnfs.Sequential([layers.Gate(body), layers.Flatten(), layers.Dense(2)], (2, 3, 3), dtype="float64")
    x = np.random.default_rng(0).normal(size=(2, 2, 3, 3))
    explanation = network.explain(x, np.zeros((2, 2)), loss="mean_squared_error")
    forward = explanation.how("0", (1, 2, 0), sample=1)
    assert [factor.name for term in forward.terms for factor in term.factors] == ["x", "body(x)"]
    assert forward.total == pytest.approx(forward.value)
    inner = explanation.how_backward("0.body.3", (1, 0, 0), sample=1)
    assert len(inner.terms) == 9
    for account in (inner, explanation.how_backward(None, (1, 2, 0), sample=1)):
        assert account.total == pytest.approx(account.value)
    assert inner.value == pytest.approx(explanation.finite_difference("0.body.3", (1, 0, 0), sample=1), rel=1e-5)
