"""The arithmetic of the page: it gives the numbers of the library."""

from __future__ import annotations

import numpy as np
import pytest
from explain_cases import CASES, explained
from explain_pages import HOSTILE, clicked, lenet, page_of_three

import nnfs
from nnfs.explain.page import page, page_of

SUMS = """
const wrong = [];
const tolerance = arguments[0];
let count = 0;
const check = (at) => {
  const values = nnfs.arrayAt(at);
  if (!values) return;
  const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const step = Math.max(1, Math.floor(values.length / 40));
  for (let flat = 0; flat < values.length; flat += step) {
    const account = nnfs.accountAt({ ...at, flat });
    if (!account.terms) continue;
    count++;
    const size = account.terms.filter((t) => t.counts).reduce((s, t) => s + Math.abs(nnfs.product(t)), largest);
    const sum = nnfs.total(account);
    if (!(Math.abs(sum - values[flat]) <= tolerance * size)) wrong.push([at, flat, values[flat], sum]);
  }
};
for (const layer of nnfs.data.layers) {
  for (const name of Object.keys(layer.parameters)) check({ source: layer.name, what: `${name} gradient` });
}
nnfs.data.samples.forEach((_, sample) => {
  for (const layer of nnfs.data.layers) {
    for (const what of ["values", "gradient", "dx"]) check({ source: layer.name, what, sample });
  }
  check({ source: "x", what: "gradient", sample });
  check({ source: "loss", what: "values", sample });
});
return [wrong, count];
"""


@pytest.mark.parametrize(("dtype", "training"), [("float32", False), ("float64", False), ("float64", True)])
@pytest.mark.parametrize("name", CASES)
def test_the_page_sums_to_the_numbers_of_the_library(show, monkeypatch, name, dtype, training):
    monkeypatch.setattr(page, "OPERATIONS", 0)
    explanation, network = explained(name, dtype=dtype, training=training, batch=3)
    driver = show(page_of(explanation, network, name))
    wrong, count = driver.execute_script(SUMS, 1e-9 if dtype == "float64" else 1e-5)
    assert wrong == []
    assert count > 5


def test_a_thousand_numbers_of_lenet5(show):
    _, text = lenet()
    assert len(text) < 3_000_000
    driver = show(text)
    wrong, count = driver.execute_script(SUMS, 1e-5)
    assert wrong == []
    assert count > 1000
    assert driver.execute_script("return performance.getEntriesByType('navigation')[0].loadEventEnd") < 5000


def test_the_gradient_of_a_weight_is_a_sum_over_the_batch(show):
    text, explanation = page_of_three()
    driver = show(text)
    driver.find_element("id", "backward").click()
    driver.find_element("css selector", "#layer-0 details:nth-of-type(2) summary").click()
    account = clicked(driver, "#layer-0 details:nth-of-type(2) canvas, #layer-0 details:nth-of-type(2) .cell")
    assert "The sum over the batch:" in account
    rows = driver.find_elements("css selector", "#account table:first-of-type tr.sum td")
    gradient = explanation.layers["0"].parameter_gradients["weight"]
    shown = float(rows[0].text.replace("\u2212", "-"))
    assert np.abs(gradient - shown).min() <= 1e-4 * abs(shown)
    assert f"{HOSTILE}: 9 terms" in account


def test_the_loss_and_its_gradient_tell_how_they_came_about(show):
    text, explanation = page_of_three()
    driver = show(text)
    account = clicked(driver, "#layer-loss .cell")
    assert account.startswith(f"loss of first = {explanation.how_loss().value:.5g}"[:20])
    assert "the loss of the batch is the mean" in account
    assert "log of the sum" in account
    driver.find_element("id", "backward").click()
    account = clicked(driver, "#layer-2 .bars .cell")
    assert "softmax(y)" in account
    assert "(1 / 3 samples)" in account
    assert "(\u2212q = \u22121) \u00d7 (1 / 3 samples)" in account


def test_dropout_drops_on_the_page_of_a_training_step(show):
    network = nnfs.Sequential([nnfs.Dropout(0.5), nnfs.Dense(2)], 8)
    network.loss = "cross_entropy"
    explanation = network.explain(np.ones((2, 8), np.float32), [0, 1], training=True)
    driver = show(page_of(explanation, network, "dropout"))
    assert "as in training" in driver.find_element("css selector", "h1").text
    kept = ["2 (kept: 1 / (1 \u2212 rate))" if scale else "0 (dropped)" for scale in explanation.layers["0"].scale[0]]
    for k, cell in enumerate(driver.find_elements("css selector", "#layer-0 .cell")):
        cell.click()
        assert kept[k] in driver.find_element("id", "account").text


def test_a_slope_a_mean_and_a_scale_tell_the_numbers_that_they_are_made_of(show):
    network = nnfs.Sequential([nnfs.layers.Normalization(), nnfs.ReLU(), nnfs.Dense(2)], 2, dtype="float64")
    network.layers[0].buffers["mean"][...], network.layers[0].buffers["scale"][...] = [1, 2], [2, 3]
    network.loss = "cross_entropy"
    explanation = network.explain(np.array([[-1.5, 8]]), [0])
    driver = show(page_of(explanation, network, "normalized"))

    def account(source, what, flat):
        return driver.execute_script(
            "choose({source: arguments[0], what: arguments[1], flat: arguments[2], sample: 0});"
            "return document.getElementById('account').innerText",
            source,
            what,
            flat,
        )

    first = account("0", "values", 0)
    assert "(x[0] (\u22121.5) \u2212 mean 1) \u00d7 1 / 2" in first
    gradient = account("0", "gradient", 0)
    assert "(slope of ReLU at x = \u22121.25: 0)" in gradient
    assert "Here dy is the gradient at the output of layer 1." in gradient
    assert "(x[0, 0] (-1.5) - mean 1) * 1 / 2 = -1.25" in str(explanation.how(0, 0))
    assert "dy[0, 0]" in str(explanation.how_backward(0, 0))
    assert "(f'(-1.25) = 0)" in str(explanation.how_backward(0, 0))


def test_normalization_tells_its_mean_its_scale_and_whose_gradients_meet(show):
    network = nnfs.Sequential([nnfs.layers.BatchNorm(), nnfs.Dense(2)], 1, dtype="float64")
    network.loss = "cross_entropy"
    network.layers[0].buffers["running_mean"][...] = -0.5
    network.layers[0].buffers["running_var"][...] = 0.25 - network.layers[0].epsilon
    x, y = np.array([[-1.5], [0.5], [2.0]]), [0, 1, 1]

    def account(explanation, what):
        driver = show(page_of(explanation, network, "normalized", samples=["first", "second", "third"]))
        return driver.execute_script(
            "choose({source: arguments[0], what: arguments[1], flat: 0, sample: 0});"
            "return document.getElementById('account').innerText",
            "0" if what == "values" else "x",
            what,
        )

    after = account(network.explain(x, y), "values")
    assert "mean, as training has measured it (\u22120.5)" in after
    assert "variance, as training has measured it 0.249" in after
    assert "(x[0] (\u22121.5) \u2212 mean (\u22120.5)) \u00d7 scale 2" in after
    assert "scale = 1 / sqrt(variance + epsilon) 2\n" in str(network.explain(x, y).how(0, 0))
    explanation = network.explain(x, y, training=True)
    during = account(explanation, "gradient")
    assert [f"dy of {name}: dy[0]" in during for name in ("first", "second", "third")] == [True] * 3
    z = explanation.layers["0"].output[:, 0]
    scale = 1 / np.sqrt(x.var() + network.layers[0].epsilon)
    signed = [f"(\u2212{-v:.5g})" if v < 0 else f"{v:.5g}" for v in z]
    assert f"(dz/dx: scale {scale:.5g} \u00d7 (0 \u2212 (1 + {signed[1]} \u00d7 {signed[0]}) / 3))" in during
    assert f"(dz/dx: scale {scale:.6g} * (1 - (1 + " in str(explanation.how_backward(None, 0))


def test_a_softmax_within_a_network_tells_its_outputs(show):
    network = nnfs.Sequential([nnfs.Dense(2), nnfs.layers.Softmax(), nnfs.Dense(1)], 1)
    explanation = network.explain(np.ones((1, 1), np.float32), np.ones((1, 1), np.float32), loss="l1")
    y = [f"{v:.5g}" for v in explanation.layers["1"].output[0]]
    driver = show(page_of(explanation, network, "softmax"))
    driver.execute_script("choose({source: '0', what: 'gradient', flat: 0, sample: 0})")
    account = driver.find_element("id", "account").text
    assert f"(y[0] {y[0]} \u00d7 (1 \u2212 y[0] {y[0]}))" in account
    assert f"(\u2212y[1] {y[1]} \u00d7 y[0] {y[0]})" in account
    assert "(-y[1] " in str(explanation.how_backward("0", 0))


def test_numbers_that_are_copied_or_only_added_are_told_as_such(show):
    network = nnfs.Sequential([nnfs.Residual([nnfs.Flatten()])], 1)
    driver = show(page_of(network.explain(np.ones((1, 1), np.float32)), network, "copies"))
    for source, words in (("0", "It is the sum of these numbers."), ("0.body.0", "It is this number, unchanged.")):
        driver.execute_script("choose({source: arguments[0], what: 'values', flat: 0, sample: 0})", source)
        assert words in driver.find_element("id", "account").text
    assert driver.find_element("id", "title-0").text == "0 Residual([Flatten()])"
