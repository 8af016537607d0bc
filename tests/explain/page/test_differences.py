"""Finite differences on the page of an explanation."""

from __future__ import annotations

import numpy as np
import pytest
from explain_cases import explained
from explain_pages import data_of, page_of_three

import nnfs
from nnfs.explain.page import differences, page_of


def test_the_finite_difference_stands_beside_a_gradient(show):
    from selenium.webdriver.common.by import By

    explanation, network = explained("Dense", batch=1)
    driver = show(page_of(explanation, network, "dense"))
    driver.find_element(By.ID, "backward").click()
    driver.find_element(By.CSS_SELECTOR, "#layer-0 .cell").click()
    assert "Finite difference, for comparison: " in driver.find_element(By.ID, "account").text
    differences = data_of(page_of(explanation, network, "dense"))["differences"]
    gradient = explanation.layers["0"].parameter_gradients["weight"].ravel()
    assert float(differences["0|weight gradient|0"][0]) == pytest.approx(gradient[0], abs=1e-6)


def test_where_no_difference_was_computed_the_nearest_is_offered(show, monkeypatch):
    monkeypatch.setattr(differences, "MOST", 20)
    driver = show(page_of_three()[0])
    driver.find_element("id", "backward").click()
    cells = driver.find_elements("css selector", "#layer-1 .cell")
    for cell in cells:
        cell.click()
        if "The nearest is" in driver.find_element("id", "account").text:
            break
    assert "takes two passes of the whole network" in driver.find_element("id", "account").text
    driver.find_element("css selector", "#account p.quiet button").click()
    assert "Finite difference, for comparison" in driver.find_element("id", "account").text


@pytest.mark.parametrize(
    ("place", "call", "arguments"),
    [
        ({"source": "x", "what": "gradient", "flat": 6}, "None, (0, 1, 2)", {"layer": None, "index": (0, 1, 2)}),
        ({"source": "1", "what": "gradient", "flat": 4}, '"1", 4', {"layer": "1", "index": 4}),
        (
            {"source": "0", "what": "weight gradient", "flat": 5},
            '"0", (1, 0, 0, 1), of="weight"',
            {"layer": "0", "index": (1, 0, 0, 1), "of": "weight"},
        ),
        ({"source": "1", "what": "gradient", "flat": 4, "sample": 2}, '"1", 4, sample=2', None),
    ],
)
def test_the_page_tells_how_python_gives_the_difference_of_a_number(show, monkeypatch, place, call, arguments):
    monkeypatch.setattr(differences, "FEWEST", 0)
    monkeypatch.setattr(differences, "MOST", 0)
    text, explanation = page_of_three()
    driver = show(text)
    driver.execute_script("choose({sample: 0, ...arguments[0]})", place)
    written = driver.find_element("css selector", "#account code").text
    assert written == f"net.explain(x, y).finite_difference({call})"
    if arguments is not None:
        gradient = driver.execute_script("return arrayAt(chosen)[chosen.flat]")
        assert explanation.finite_difference(**arguments) == pytest.approx(gradient, abs=1e-5)


def test_small_networks_have_all_differences():
    text, explanation = page_of_three()
    count = explanation.x[0].size + sum(
        facts.output[0].size + sum(array.size for array in facts.parameters.values())
        for facts in explanation.layers.values()
    )
    assert len(data_of(text)["differences"]) == count


def test_a_kink_is_told_with_both_slopes_and_the_tie(show):
    network = nnfs.Sequential([nnfs.MaxPool2D(2)], (1, 2, 2), dtype="float64")
    x = np.array([[[[3.0, 1.0], [3.0, 2.0]]]])
    explanation = network.explain(x, np.zeros((1, 1, 1, 1)), loss="mean_squared_error")
    driver = show(page_of(explanation, network, "tie"))

    def account(source, what, flat):
        driver.execute_script(
            "choose({source: arguments[0], what: arguments[1], flat: arguments[2], sample: 0})", source, what, flat
        )
        return driver.find_element("id", "account").text

    assert "From above the slope is 6, from below 0. The gradient is the slope from above." in account(
        "x", "gradient", 0
    )
    second = account("x", "gradient", 2)
    assert "here is a kink. From above the slope is 6, from below 0. The gradient is the slope from below." in second
    assert "x 3 was equal, not the first" in second
    assert "(equal but for rounding)" in account("0", "gradient", 0)
    assert "equal, not the first" in account("0", "values", 0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_gradient_of_a_sure_network_tells_how_far_float32_rounds_it(show, dtype):
    network = nnfs.Sequential([nnfs.Dense(2)], 1, dtype=dtype)
    network.parameters["0.weight"].value[...] = [[9], [0]]
    network.loss = "cross_entropy"
    text = page_of(network.explain(np.ones((1, 1), dtype), [0]), network, "sure")
    driver = show(text)
    gradient, found = driver.execute_script(
        "data.differences['0|gradient|0'] = ['-0.000124'];"
        "choose({source: '0', what: 'gradient', flat: 0, sample: 0});"
        "return [arrayAt(chosen)[0], document.getElementById('account').innerText]"
    )
    assert abs(gradient + 1.234e-4) < 1e-6
    assert ("float32 rounds by up to 6e\u22128: by 0.05 % of it" in found) == (dtype == "float32")
