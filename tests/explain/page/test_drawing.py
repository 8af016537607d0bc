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
    assert "vertical: x[1], from \u22123 to 2" in figure.text
    assert data_of(lenet()[1])["plane"] is None


def test_a_convolution_shows_patch_kernel_and_products(show):
    driver = show(page_of_three()[0])
    clicked(driver, "#layer-0 canvas")
    pictures = driver.find_elements("css selector", "#account .window canvas")
    assert [picture.get_attribute("aria-label").split(":")[0] for picture in pictures] == [
        "channel 0",
        "kernel",
        "products",
    ]
