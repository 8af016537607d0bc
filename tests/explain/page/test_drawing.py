"""What the page draws."""

from __future__ import annotations

import numpy as np
import pytest
from explain_pages import HOSTILE, clicked, data_of, lenet, page_of_three

import nnfs
from nnfs.explain.page import page_of


@pytest.mark.parametrize("width", [360, 800, 1280])
def test_nothing_is_wider_than_the_window(show, width):
    driver = show(lenet()[1])
    size = {"width": width, "height": 740, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    assert driver.execute_script("return document.documentElement.scrollWidth") <= width
    network = nnfs.Sequential([nnfs.Dense(8)], 2)
    explanation = network.explain(np.ones((2, 2), np.float32), np.full((2, 8), -1.2345678, np.float32), loss="l1")
    driver = show(page_of(explanation, network, "long names of samples"))
    assert driver.execute_script("return document.documentElement.scrollWidth") <= width
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


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
    assert "stands in its file" in driver.find_element("id", "account").text


def test_two_numbers_are_shown_in_their_plane(show):
    network = nnfs.Sequential([nnfs.Dense(2)], 2)
    network.loss = "cross_entropy"
    network.load_state_dict({"0.weight": np.float32([[0, 0], [0, 1]]), "0.bias": np.zeros(2, np.float32)})
    network.facts = nnfs.Facts(class_names=[HOSTILE, "cat"], columns=["width", HOSTILE])
    x = np.float32([[1, -1], [-1, 1]])
    text = page_of(network.explain(x, [0, 1]), network, "plane", around=np.float32([[-3, -5], [3, 5]]))
    plane = data_of(text)["plane"]
    answers = np.array(plane["answers"]).reshape(60, 60)
    np.testing.assert_allclose([plane["low"], plane["high"]], [[-3.72, -6.2], [3.72, 6.2]])
    assert (plane["at"], plane["labels"], plane["classes"]) == (x.tolist(), [0, 1], [HOSTILE, "cat"])
    assert (answers[:30] == 1).all()  # upward is positive, and class 1 has the score x[1]
    assert (answers[30:] == 0).all()
    figure = show(text).find_element("id", "plane")
    assert figure.find_element("class name", "keys").text.splitlines() == [HOSTILE, "cat"]
    assert figure.find_element("class name", "across").text.splitlines() == ["\u22123.72", "width", "3.72"]
    assert figure.find_element("class name", "upward").text.splitlines() == ["\u22126.2", HOSTILE, "6.2"]
    assert data_of(lenet()[1])["plane"] is None


def test_the_plane_of_one_output_has_probabilities_or_numbers(show):
    network = nnfs.Sequential([nnfs.Dense(1)], 2)
    x = np.float32([[1, 0]])
    for loss, kind, words in (
        ("binary_cross_entropy", "probability", "The probability of class 1 at each point"),
        ("mean_squared_error", "number", "The output of the network at each point"),
    ):
        text = page_of(network.explain(x, np.float32([[1]]), loss=loss), network, "plane")
        plane = data_of(text)["plane"]
        assert plane["kind"] == kind
        corner = network.predict(np.float32([[plane["low"][0], plane["high"][1]]]))[0, 0]
        expected = corner if kind == "number" else 1 / (1 + np.exp(-corner))
        assert plane["answers"][0] == pytest.approx(expected, rel=1e-2)
        figure = show(text).find_element("id", "plane")
        assert words in figure.text
        assert figure.find_element("tag name", "canvas").get_attribute("width") == "240"


def test_a_click_and_the_arrow_keys_tell_the_answer_at_a_point(show):
    from selenium.webdriver.common.keys import Keys

    network = nnfs.Sequential([nnfs.Dense(2)], 2)
    network.loss = "cross_entropy"
    network.load_state_dict({"0.weight": np.float32([[0, 0], [0, 1]]), "0.bias": np.zeros(2, np.float32)})
    network.facts = nnfs.Facts(class_names=[HOSTILE, "cat"], columns=["width", "height"])
    text = page_of(network.explain(np.float32([[1, -1]]), [0]), network, "plane", around=np.float32([[-3, -5], [3, 5]]))
    driver = show(text)
    canvas = driver.find_element("css selector", "#plane canvas")
    canvas.click()  # its middle
    assert driver.find_element("id", "there").text == (
        "At width = \u22120.0631, height = 0.105: cat, with a probability of 52 %."
    )
    canvas.send_keys(Keys.ARROW_DOWN)
    below = driver.find_element("id", "there").text
    assert below == f"At width = \u22120.0631, height = \u22120.105: {HOSTILE}, with a probability of 52 %."
    driver.execute_script("draw()")  # as the slider and the switch do
    assert driver.find_element("id", "there").text == below


def test_signals_are_lines_too(show):
    network = nnfs.Sequential([nnfs.Conv1D(10, 3), nnfs.Flatten(), nnfs.Dense(2)], (2, 20))
    x = np.sin(np.arange(40, dtype=np.float32)).reshape(1, 2, 20)
    explanation = network.explain(x, [1], loss="cross_entropy")
    driver = show(page_of(explanation, network, "signals"))
    lines = driver.find_elements("css selector", "#layer-x figure > canvas[role=img]")
    assert len(lines) == 2
    assert len(driver.find_elements("css selector", "#layer-0 canvas[role=img]")) == 8
    assert "2 more channels" in driver.find_element("id", "layer-0").text
    lines[1].click()
    heading = driver.find_element("css selector", "#account h2").text
    assert heading.startswith("input x[1, 10] = ") or heading.startswith("input x[1, 9] = ")


def test_several_numbers_have_no_plane():
    network = nnfs.Sequential([nnfs.Dense(2)], 2)
    explanation = network.explain(np.float32([[1, 0]]), np.float32([[1, 2]]), loss="mean_squared_error")
    assert data_of(page_of(explanation, network, "plane"))["plane"] is None


def test_a_convolution_shows_patch_kernel_and_products(show):
    driver = show(page_of_three()[0])
    clicked(driver, "#layer-0 canvas")
    pictures = driver.find_elements("css selector", "#account .window canvas")
    assert [picture.get_attribute("aria-label").split(":")[0] for picture in pictures] == [
        "channel 0",
        "kernel",
        "products",
    ]


def test_samples_of_the_data_are_dots_with_their_classes(show):
    network = nnfs.Sequential([nnfs.Dense(2)], 2)
    network.loss = "cross_entropy"
    around = np.random.default_rng(0).normal(size=(2000, 2)).astype(np.float32)
    explanation = network.explain(around[:1], [0])
    text = page_of(explanation, network, "plane", around=around, labels=np.arange(2000) % 2)
    driver = show(text)
    points = driver.execute_script("return page.points")
    assert len(points) == 500
    assert points[-1] == [pytest.approx(around[-1, 0], rel=1e-3), pytest.approx(around[-1, 1], rel=1e-3), 1]
    assert "a dot is a sample of the data" in driver.find_element("id", "plane").text
    assert "a dot" not in show(page_of(explanation, network, "plane")).find_element("id", "plane").text


def test_keys_and_dashes_are_there_for_numbers_that_are_there(show):
    network = nnfs.Sequential([nnfs.ReLU()], (1, 9, 9))
    x = np.zeros((1, 1, 9, 9), np.float32)
    x[0, 0, 0, :3] = [1, -0.5, -0.01]
    driver = show(page_of(network.explain(x), network, "keys"))
    keys = [key.text.split() for key in driver.find_elements("css selector", ".scale .key")]
    assert keys == [["\u22121", "1"], ["0", "1"]]
    alike = driver.execute_script(
        "const canvas = document.querySelector('#layer-x canvas'); const cell = canvas.width / 9;"
        "const row = canvas.getContext('2d').getImageData(0, cell / 2, canvas.width, 1);"
        "const colours = new Uint32Array(row.data.buffer);"
        "return [1, 2].map((k) => new Set(colours.slice(k * cell, (k + 1) * cell)).size === 1)"
    )
    assert alike == [False, True]
