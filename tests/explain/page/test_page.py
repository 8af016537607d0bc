"""The page of an explanation: one file, harmless texts, and switches."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from explain_pages import HOSTILE, clicked, data_of, hostile_page, lenet, page_of_three

import nnfs
from nnfs.explain.page import page, page_of


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
    canvas = driver.find_element(By.CSS_SELECTOR, "#layer-9 canvas, #layer-9 .cell")
    driver.execute_script("arguments[0].scrollIntoView()", canvas)
    canvas.click()
    assert "Chain rule: for each number that this one goes into" in account.text


def test_keys_alone_choose_read_and_go_back(show):
    from selenium.webdriver.common.keys import Keys

    driver = show(lenet()[1])

    def press(*keys):
        for key in keys:
            driver.switch_to.active_element.send_keys(key)
        return driver.find_element("css selector", "#account").text

    def focused():
        return driver.switch_to.active_element

    canvases = driver.find_elements("css selector", "#layer-0 canvas")
    assert [canvas.get_attribute("tabindex") for canvas in canvases] == ["0", *["-1"] * 5]
    driver.execute_script("arguments[0].focus()", canvases[0])
    assert driver.find_element("id", "account").text == "No number is chosen yet."
    assert press(Keys.ARROW_RIGHT).startswith("layer 0, output y[0, 0, 0] = ")
    assert press(Keys.ARROW_RIGHT, Keys.ARROW_DOWN).startswith("layer 0, output y[0, 1, 1] = ")
    assert press(Keys.END).startswith("layer 0, output y[0, 1, 27] = ")
    assert press(Keys.ARROW_RIGHT).startswith("layer 0, output y[1, 1, 0] = ")
    assert focused() == canvases[1]
    assert press(Keys.PAGE_UP, Keys.ARROW_LEFT, Keys.ARROW_UP, Keys.ARROW_UP).startswith(
        "layer 0, output y[0, 0, 0] = "
    )
    assert driver.find_element("id", "said").get_attribute("textContent").startswith("layer 0, output y[0, 0, 0] = ")
    press(Keys.ENTER)
    assert focused().get_attribute("id") == "account"
    focused().find_element("css selector", "table button").send_keys(Keys.ENTER)
    assert driver.find_element("id", "account").text.startswith("layer 0, weight[0, 0, 2, 2] = ")
    assert focused().get_attribute("id") == "account"
    assert driver.find_element("css selector", '#layer-0 details[data-what="weight"]').get_attribute("open")
    back = driver.find_element("css selector", "#account > button")
    assert back.text == "\u2190 layer 0, output y[0, 0, 0]"
    back.send_keys(Keys.ENTER)
    assert driver.find_element("id", "account").text.startswith("layer 0, output y[0, 0, 0] = ")
    press(Keys.ESCAPE)
    assert focused() == driver.find_element("css selector", "#layer-0 > .picture canvas")


def test_what_a_screen_reader_says_names_the_layer(show):
    driver = show(page_of_three()[0])
    canvas = driver.find_element("css selector", "#layer-0 > .picture canvas")
    assert canvas.get_attribute("aria-label").startswith("layer 0, output, 0: 3 rows, 3 columns.")
    cell = driver.find_element("css selector", "#layer-2 > .picture .cell")
    assert cell.get_attribute("aria-label").startswith("layer 2, output y[0] \u201cant\u201d = ")
    assert (
        driver.find_element("css selector", "#layer-loss .cell").get_attribute("aria-label").startswith("loss of first")
    )


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
    assert len(page_of(network.explain(np.ones((1, 1), np.float32)), network, "small")) < 90_000


def test_what_does_not_fit_is_left_out_and_told(show, monkeypatch):
    monkeypatch.setattr(page, "MOST_BYTES", page.OVERHEAD + 40_000)
    network = nnfs.Sequential([nnfs.Dense(200), nnfs.ReLU(), nnfs.Dense(2)], 300)
    network.loss = "cross_entropy"
    x = np.random.default_rng(0).normal(size=(1, 300)).astype(np.float32)
    text = page_of(network.explain(x, [0]), network, "large")
    assert data_of(text)["leftOut"] == ["weight of layer 0", "the gradient of weight of layer 0"]
    driver = show(text)
    assert "Left out" in driver.find_element("id", "notes").text
    driver.find_element("css selector", "#layer-0 canvas").click()
    assert "weight of layer 0 was left out" in driver.find_element("id", "account").text


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
    assert driver.find_element("css selector", "h1").text.endswith("; shown is second")


def test_several_questions_are_each_answered_by_yes_or_no():
    network = nnfs.Sequential([nnfs.Dense(3)], 1)
    network.parameters["0.weight"].value[...] = [[1], [-1], [2]]
    network.facts = nnfs.Facts(class_names=["red", "round", HOSTILE])
    explanation = network.explain(np.float32([[2], [0]]), np.ones((2, 3), np.float32), loss="binary_cross_entropy")
    assert data_of(page_of(explanation, network, "several"))["answers"] == [
        f"The network says yes, with these probabilities, to: red (0.881), {HOSTILE} (0.982).",
        "The network says yes, with these probabilities, to: none of them.",
    ]


def test_a_link_leads_to_the_code_of_a_layer(show):
    from selenium.webdriver.support.ui import WebDriverWait

    driver = show(page_of_three()[0])
    driver.find_element("css selector", "#layer-0 details summary").click()
    link = driver.find_element("css selector", "#layer-0 a")
    assert link.text.startswith("nnfs/layers/conv2d.py:")
    link.click()
    WebDriverWait(driver, 10).until(lambda driver: "class Conv2D(" in driver.find_element("id", "source-Conv2D").text)
    code = driver.find_element("id", "source-Conv2D").text
    assert "class Conv2D(" in code
    assert "def conv2d_forward(" in code
    assert "nnfs/_kernels/reference/windows.py:" in code


def test_regions_change_with_the_training(show):
    network = nnfs.Sequential([nnfs.Dense(2)], 2)
    network.loss = "cross_entropy"
    x, y = np.float32([[1, -1]]), [0]
    before = network.explain(x, y)
    network.load_state_dict({"0.weight": np.float32([[0, 0], [0, 1]]), "0.bias": np.zeros(2, np.float32)})
    text = page_of(network.explain(x, y), network, "plane", [("before training", before)])
    steps = json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1])["steps"]
    assert steps[0]["plane"]["answers"] != steps[1]["plane"]["answers"]


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


def test_states_that_do_not_fit_are_left_out_as_a_whole_and_told(monkeypatch):
    network = nnfs.Sequential([nnfs.Dense(100), nnfs.ReLU(), nnfs.Dense(2)], 50)
    network.loss = "cross_entropy"
    x = np.random.default_rng(0).normal(size=(1, 50)).astype(np.float32)
    passes = []
    for _ in range(4):
        network.fit(x, np.array([0]), verbose=0)
        passes.append(network.explain(x, [0]))
    earlier = [(f"after epoch {number}", one) for number, one in enumerate(passes[:3])]
    whole = json.loads(
        re.search(r'id="data">(.*?)</script>', page_of(passes[3], network, "all", earlier), re.DOTALL)[1]
    )
    assert [step["title"] for step in whole["steps"]] == [*(title for title, _ in earlier), "trained"]
    each = (len(whole["numbers"]) + len(json.dumps(whole["steps"]))) // 4
    monkeypatch.setattr(page, "MOST_BYTES", page.OVERHEAD + 3 * each + each // 2)
    text = page_of(passes[3], network, "some", earlier)
    some = json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1])
    assert [step["title"] for step in some["steps"]] == ["after epoch 0", "after epoch 1", "trained"]
    assert some["steps"][-1]["leftOut"] == ["the network after epoch 2"]
    assert all(step["leftOut"] == [] for step in some["steps"][:-1])


def test_account_button_and_pictures_agree_whether_numbers_or_gradients_are_shown(show):
    driver = show(page_of_three()[0])
    account = driver.find_element("id", "account")
    switch = driver.find_element("id", "backward")

    def state():
        details = driver.find_element("css selector", "#layer-0 details:nth-of-type(2) summary").text
        is_gradient = "gradient of" in account.text.splitlines()[0]
        assert (switch.get_attribute("aria-pressed") == "true") == is_gradient
        assert details.startswith("gradient of") == is_gradient
        return is_gradient

    driver.execute_script("choose({source: '0', what: 'weight', flat: 3})")
    assert not state()
    switch.click()
    assert account.text.startswith("layer 0, gradient of weight[0, 0, 1, 1] = ")
    assert state()
    x = next(b for b in account.find_elements("css selector", "td button") if b.text.startswith("x["))
    x.click()
    assert account.text.startswith("input x[")
    assert not state()
    account.find_element("css selector", "button").click()
    assert account.text.startswith("layer 0, gradient of weight")
    assert state()
    switch.click()
    assert account.text.startswith("layer 0, weight[0, 0, 1, 1] = ")
    assert not state()


def test_the_heading_tells_the_answer_and_leads_to_the_loss(show):
    text, explanation = page_of_three()
    driver = show(text)
    answer = driver.find_element("css selector", "header #answer")
    is_right = explanation.outputs[0].argmax() == 0
    assert answer.text.startswith("The network takes it for ")
    assert ("That is right." if is_right else "That is wrong: it is ant.") in answer.text
    assert answer.find_element("tag name", "button").text == f"Loss of this sample {explanation.how_loss().value:.5g}"
    assert answer.text.endswith(f"; the mean of all 3 samples is {explanation.loss:.5g}")


def test_equations_keep_their_lines_and_no_letter_is_beyond_the_edge(show):
    driver = show(page_of_three()[0])
    driver.find_element("css selector", "#layer-0 details summary").click()
    equations = driver.find_element("css selector", "#layer-0 details pre")
    assert equations.text.startswith("y[n, f, p, q] = b[f] + sum over c, i, j of ")
    assert len(equations.find_elements("css selector", "span")) == 5
    assert "where h = p stride + i - top," in equations.text  # no groups, no dilation
    driver.find_element("css selector", "#layer-loss details summary").click()
    for element in driver.find_elements("css selector", "pre, .scale"):
        assert element.get_property("scrollWidth") <= element.get_property("clientWidth")
    assert "Slide filters" in driver.find_element("css selector", "#layer-0 details p").text


def test_a_probability_beside_a_loss_is_not_1():
    network = nnfs.Sequential([nnfs.Dense(2)], 1)
    network.parameters["0.weight"].value[...] = [[9], [0]]
    explanation = network.explain(np.ones((1, 1), np.float32), [0], loss="cross_entropy")
    assert "with a probability of more than 0.999." in data_of(page_of(explanation, network, "sure"))["answers"][0]


def test_switches_stay_in_reach_and_short_arrays_are_one_stop_of_tab(show):
    from selenium.webdriver.common.keys import Keys

    driver = show(page_of_three()[0])
    driver.execute_script("document.getElementById('layer-loss').scrollIntoView()")
    switch = driver.find_element("id", "backward")
    assert driver.execute_script("return arguments[0].getBoundingClientRect().top", switch) >= 0
    cells = driver.find_elements("css selector", "#layer-2 > .picture .cell")
    assert [cell.get_attribute("tabindex") for cell in cells] == ["0", "-1", "-1"]
    account = driver.find_element("id", "account")
    cells[0].send_keys(Keys.ARROW_RIGHT)
    assert driver.switch_to.active_element == cells[1]
    assert account.text.startswith("layer 2, output y[1]")
    assert [cell.get_attribute("tabindex") for cell in cells] == ["-1", "0", "-1"]
    cells[1].send_keys(Keys.END, Keys.ARROW_RIGHT)
    cells[2].send_keys(Keys.ENTER)
    assert account.text.startswith("layer 2, output y[2]")
    assert driver.switch_to.active_element == account
