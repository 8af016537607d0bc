"""Finite differences on the page of an explanation."""

from __future__ import annotations

import pytest
from explain_cases import explained
from explain_pages import data_of, page_of_three

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
    assert float(differences["0|weight gradient|0"]) == pytest.approx(gradient[0], abs=1e-6)


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
