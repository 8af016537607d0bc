"""Pages of explanations, for tests."""

from __future__ import annotations

import functools
import json
import re

import numpy as np

import nnfs
from nnfs.explain.page import page_of

HOSTILE = "</script><script>document.title = 'ran'</script><img src=x onerror=\"document.title='ran'\">&amp;"


def data_of(text):
    """Return what a page holds as JSON."""
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1])[
        "steps"
    ][-1]


@functools.cache
def lenet():
    """Return LeNet-5 and the text of its page for one image."""
    network = nnfs.Sequential(nnfs.models.lenet5((1, 28, 28), 10), (1, 28, 28))
    network.loss = "cross_entropy"
    x = np.random.default_rng(0).normal(size=(1, 1, 28, 28)).astype(np.float32)
    return network, page_of(network.explain(x, [3]), network, "LeNet-5")


def hostile_page():
    """Return the page of a network whose classes, columns and title are HTML."""
    network = nnfs.Sequential([nnfs.Dense(2)], 2)
    network.loss = "cross_entropy"
    network.facts = nnfs.Facts(class_names=[HOSTILE, "cat"], columns=[HOSTILE, "b"])
    return page_of(network.explain(np.ones((1, 2), np.float32), [0]), network, HOSTILE)


def page_of_three(**how):
    """Return the page of three samples, and the explanation."""
    network = nnfs.Sequential([nnfs.Conv2D(2, 2), nnfs.Flatten(), nnfs.Dense(3)], (1, 4, 4))
    network.loss = "cross_entropy"
    network.facts = nnfs.Facts(class_names=["ant", "bee", HOSTILE])
    x = np.random.default_rng(0).normal(size=(3, 1, 4, 4)).astype(np.float32)
    explanation = network.explain(x, [0, 2, 1])
    return page_of(explanation, network, "three", samples=["first", "second", HOSTILE], **how), explanation


def clicked(driver, selector):
    """Click what a selector finds first, and return the text of the account."""
    driver.find_element("css selector", selector).click()
    return driver.find_element("id", "account").text
