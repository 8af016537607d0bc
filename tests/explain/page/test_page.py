"""The page of an explanation: one file, harmless texts, and arithmetic of its own that gives the library's numbers."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from explain_cases import CASES, explained

import nnfs
from nnfs.explain.page import differences, page, page_of

HOSTILE = "</script><script>document.title = 'ran'</script><img src=x onerror=\"document.title='ran'\">&amp;"


def data_of(text):
    """Return what a page holds as JSON."""
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1])[
        "steps"
    ][-1]


def lenet():
    """Return LeNet-5, one image and its page's text."""
    network = nnfs.Sequential(nnfs.models.lenet5((1, 28, 28), 10), (1, 28, 28))
    network.loss = "cross_entropy"
    x = np.random.default_rng(0).normal(size=(1, 1, 28, 28)).astype(np.float32)
    return network, page_of(network.explain(x, [3]), network, "LeNet-5")


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
def test_the_page_sums_to_the_numbers_of_the_library(show, name, dtype, training):
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


def test_clicks_and_keys_tell_how_a_number_came_about(show):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    driver = show(lenet()[1])
    account = driver.find_element(By.ID, "account")
    canvas = driver.find_element(By.CSS_SELECTOR, "#layer-0 canvas")
    canvas.click()
    first = account.text
    assert first.startswith("layer 0, output y[0, ")
    assert "weight[0, 0, 0, 0]" in first
    canvas.send_keys(Keys.ARROW_RIGHT)
    assert account.text.startswith("layer 0, output y[0, ")
    assert account.text != first
    account.find_element(By.CSS_SELECTOR, "button.link").click()
    assert account.text.startswith("layer 0, weight[0, 0, ")
    switch = driver.find_element(By.ID, "backward")
    switch.send_keys(Keys.ENTER)
    assert switch.get_attribute("aria-pressed") == "true"
    cell = driver.find_elements(By.CSS_SELECTOR, "#layer-11 .cell, #layer-12 .cell")[0]
    cell.send_keys(Keys.SPACE)
    assert "gradient of output y[0]" in account.text
    driver.find_element(By.CSS_SELECTOR, "#layer-9 canvas, #layer-9 .cell").click()
    assert "Chain rule: for each number that this one goes into" in account.text


def test_the_finite_difference_stands_beside_a_gradient(show):
    from selenium.webdriver.common.by import By

    explanation, network = explained("Dense", batch=1)
    driver = show(page_of(explanation, network, "dense"))
    driver.find_element(By.ID, "backward").click()
    driver.find_element(By.CSS_SELECTOR, "#layer-0 .cell").click()
    assert "Finite difference, for comparison: " in driver.find_element(By.ID, "account").text
    differences = data_of(page_of(explanation, network, "dense"))["differences"]
    gradient = explanation.layers["0"].parameter_gradients["weight"].ravel()
    assert float(differences["0|weight gradient|0"]) == pytest.approx(gradient[0], abs=1e-6)


@pytest.mark.parametrize("width", [360, 800, 1280])
def test_nothing_is_wider_than_the_window(show, width):
    driver = show(lenet()[1])
    size = {"width": width, "height": 740, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    assert driver.execute_script("return document.documentElement.scrollWidth") <= width
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def hostile_page():
    """Return the page of a network whose classes, columns and title are HTML."""
    network = nnfs.Sequential([nnfs.Dense(2)], 2)
    network.loss = "cross_entropy"
    network.facts = nnfs.Facts(class_names=[HOSTILE, "cat"], columns=[HOSTILE, "b"])
    return page_of(network.explain(np.ones((1, 2), np.float32), [0]), network, HOSTILE)


def test_hostile_names_are_text(show):
    driver = show(hostile_page())
    assert driver.title == HOSTILE
    assert driver.find_elements("css selector", "img") == []
    assert HOSTILE in driver.find_element("css selector", "#layer-0 .cell").text
    assert driver.find_element("css selector", "h1").text.startswith(HOSTILE)


def test_nothing_in_the_file_ends_its_script_or_reaches_for_the_network():
    text = hostile_page()
    assert text.count("</script>") == 2
    assert data_of(text)["classes"][0] == HOSTILE
    assert "://" not in text
    assert "default-src 'none'" in text
    script = text.split("<script>")[1]
    assert not re.search("innerHTML|outerHTML|insertAdjacent|document.write|eval", script)


def test_the_page_without_its_numbers_is_small():
    network = nnfs.Sequential([nnfs.Dense(1)], 1)
    assert len(page_of(network.explain(np.ones((1, 1), np.float32)), network, "small")) < 80_000


def test_what_does_not_fit_is_left_out_and_told(show, monkeypatch):
    monkeypatch.setattr(page, "MOST_BYTES", page.OVERHEAD + 40_000)
    network = nnfs.Sequential([nnfs.Dense(200), nnfs.ReLU(), nnfs.Dense(2)], 300)
    network.loss = "cross_entropy"
    text = page_of(network.explain(np.ones((1, 300), np.float32), [0]), network, "large")
    assert data_of(text)["leftOut"] == ["weight of layer 0", "the gradient of weight of layer 0"]
    driver = show(text)
    assert "Left out" in driver.find_element("id", "notes").text
    driver.find_element("css selector", "#layer-0 canvas").click()
    assert "weight of layer 0 was left out" in driver.find_element("id", "account").text


def test_numbers_that_are_not_finite_and_layers_from_elsewhere_are_shown(show):
    class Twice(nnfs.Layer):
        def forward(self, x, ctx):
            return 2 * x

        def backward(self, dy, ctx):
            return 2 * dy

    network = nnfs.Sequential([nnfs.Dense(2), Twice()], 1)
    network.parameters["0.weight"].value[...] = 3e38
    driver = show(page_of(network.explain(np.full((1, 1), 1e5, np.float32)), network, "broken"))
    driver.find_element("css selector", "#layer-0 .cell").click()
    assert "Infinity" in driver.find_element("id", "account").text
    driver.find_element("css selector", "#layer-1 .cell").click()
    assert "not one of nnfs" in driver.find_element("id", "account").text


def test_two_numbers_are_shown_in_their_plane(show):
    network = nnfs.Sequential([nnfs.Dense(2)], 2)
    network.loss = "cross_entropy"
    network.load_state_dict({"0.weight": np.float32([[0, 0], [0, 1]]), "0.bias": np.zeros(2, np.float32)})
    network.facts = nnfs.Facts(class_names=[HOSTILE, "cat"])
    text = page_of(network.explain(np.float32([[1, -1]]), [0]), network, "plane")
    plane = data_of(text)["plane"]
    answers = np.array(plane["answers"]).reshape(40, 40)
    assert (plane["low"], plane["high"], plane["at"]) == ([-2, -3], [3, 2], [[1, -1]])
    assert (answers[:16] == 1).all()  # upward is positive, and class 1 has the score x[1]
    assert (answers[16:] == 0).all()
    figure = show(text).find_element("id", "plane")
    assert HOSTILE in figure.text
    assert "upward x[1] from \u22123 to 2" in figure.text
    assert data_of(lenet()[1])["plane"] is None


def clicked(driver, selector):
    """Click what a selector finds first, and return the text of the account."""
    driver.find_element("css selector", selector).click()
    return driver.find_element("id", "account").text


def page_of_three(**how):
    """Return the page of three samples, and the explanation."""
    network = nnfs.Sequential([nnfs.Conv2D(2, 2), nnfs.Flatten(), nnfs.Dense(3)], (1, 4, 4))
    network.loss = "cross_entropy"
    network.facts = nnfs.Facts(class_names=["ant", "bee", HOSTILE])
    x = np.random.default_rng(0).normal(size=(3, 1, 4, 4)).astype(np.float32)
    explanation = network.explain(x, [0, 2, 1])
    return page_of(explanation, network, "three", samples=["first", "second", HOSTILE], **how), explanation


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


def test_another_sample_of_the_batch_is_shown(show):
    from selenium.webdriver.support.select import Select

    text, explanation = page_of_three()
    driver = show(text)
    assert clicked(driver, "#layer-2 .cell").startswith("layer 2, output y[0] \u201cant\u201d")
    choice = Select(driver.find_element("id", "sample"))
    assert [option.text for option in choice.options] == ["first", "second", HOSTILE]
    choice.select_by_visible_text("second")
    account = driver.find_element("id", "account").text
    value = float(account.splitlines()[0].split("= ")[1].replace("\u2212", "-"))
    assert value == pytest.approx(explanation.outputs[1, 0], rel=1e-3)
    assert "second" in driver.find_element("id", "left").text


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
    assert "1 / samples 0.33333" in account


def test_a_convolution_shows_patch_kernel_and_products(show):
    driver = show(page_of_three()[0])
    clicked(driver, "#layer-0 canvas")
    pictures = driver.find_elements("css selector", "#account .window canvas")
    assert [picture.get_attribute("aria-label").split(":")[0] for picture in pictures] == [
        "patch of channel 0",
        "kernel",
        "products",
    ]


def test_a_link_leads_to_the_code_of_a_layer(show):
    driver = show(page_of_three()[0])
    driver.find_element("css selector", "#layer-0 details summary").click()
    link = driver.find_element("css selector", "#layer-0 a")
    assert link.text.startswith("nnfs/layers/conv2d.py:")
    link.click()
    code = driver.find_element("id", "source-Conv2D").text
    assert "class Conv2D(" in code
    assert "def conv2d_forward(" in code
    assert "nnfs/_kernels/reference/windows.py:" in code


def test_where_no_difference_was_computed_the_nearest_is_offered(show, monkeypatch):
    monkeypatch.setattr(differences, "MOST", 20)
    driver = show(page_of_three()[0])
    driver.find_element("id", "backward").click()
    cells = driver.find_elements("css selector", "#layer-1 .cell")
    for cell in cells:
        cell.click()
        if "the nearest is" in driver.find_element("id", "account").text:
            break
    driver.find_element("css selector", "#account p.quiet button").click()
    assert "Finite difference, for comparison" in driver.find_element("id", "account").text


def test_small_networks_have_all_differences():
    text, explanation = page_of_three()
    count = explanation.x[0].size + sum(
        facts.output[0].size + sum(array.size for array in facts.parameters.values())
        for facts in explanation.layers.values()
    )
    assert len(data_of(text)["differences"]) == count


def test_regions_change_with_the_training(show):
    network = nnfs.Sequential([nnfs.Dense(2)], 2)
    network.loss = "cross_entropy"
    x, y = np.float32([[1, -1]]), [0]
    before = network.explain(x, y)
    network.load_state_dict({"0.weight": np.float32([[0, 0], [0, 1]]), "0.bias": np.zeros(2, np.float32)})
    text = page_of(network.explain(x, y), network, "plane", [("before training", before)])
    steps = json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1])["steps"]
    assert steps[0]["plane"]["answers"] != steps[1]["plane"]["answers"]


def test_dropout_drops_on_the_page_of_a_training_step(show):
    network = nnfs.Sequential([nnfs.Dropout(0.5), nnfs.Dense(2)], 8)
    network.loss = "cross_entropy"
    explanation = network.explain(np.ones((2, 8), np.float32), [0, 1], training=True)
    driver = show(page_of(explanation, network, "dropout"))
    assert "as in training" in driver.find_element("css selector", "h1").text
    kept = [f"share {'2' if explanation.layers['0'].scale[0, k] else '0'}" for k in range(8)]
    for k, cell in enumerate(driver.find_elements("css selector", "#layer-0 .cell")):
        cell.click()
        assert kept[k] in driver.find_element("id", "account").text


def test_the_slider_shows_earlier_states_of_the_training(show):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    network = nnfs.Sequential([nnfs.Dense(2)], 2)
    network.loss = "cross_entropy"
    x, y = np.ones((1, 2), np.float32), [0]
    before = network.explain(x, y)
    network.fit(x, np.array(y), epochs=3, verbose=0)
    after = network.explain(x, y)
    driver = show(page_of(after, network, "steps", [("before training", before)]))
    driver.find_element(By.CSS_SELECTOR, "#layer-0 .cell").click()
    account = driver.find_element(By.ID, "account")
    trained = account.text
    driver.find_element(By.ID, "step").send_keys(Keys.ARROW_LEFT)
    assert driver.find_element(By.ID, "title").text == "before training"
    assert account.text != trained
    shown = float(account.text.splitlines()[0].split("= ")[1].replace("\u2212", "-"))
    assert shown == pytest.approx(before.outputs[0, 0], rel=1e-3)
