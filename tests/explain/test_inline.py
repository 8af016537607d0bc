import html
import re

import numpy as np
import pytest

import nnfs

HOSTILE = '"></iframe><script>alert(1)</script>'


def explained(rows=1, **options):
    net = nnfs.Sequential([nnfs.Dense(3), nnfs.ReLU(), nnfs.Residual([nnfs.Dense(3)]), nnfs.Dense(2)], 2)
    net.loss = "cross_entropy"
    net.facts = nnfs.Facts(class_names=[HOSTILE, "cat"])
    return net.explain(np.ones((rows, 2), np.float32), [1] * rows, **options), net


def test_a_notebook_shows_the_page_of_one_sample_in_a_frame_that_reaches_nothing_else():
    frame = explained()[0]._repr_html_()
    parts = re.fullmatch('<iframe srcdoc="([^"]*)" sandbox="allow-scripts" style="[^"<>]*"></iframe>', frame)
    page = html.unescape(parts[1])
    assert page.startswith("<!DOCTYPE html>")
    assert "Sequential: 1 sample;" in page
    assert HOSTILE not in page
    assert "<" not in parts[1]


def test_the_page_is_that_of_the_pass_whatever_the_network_has_become_and_changes_nothing():
    explanation, net = explained()
    before, outputs = explanation._repr_html_(), explanation.outputs.copy()
    net.vector.value[...] = 0
    assert explanation._repr_html_() == before
    np.testing.assert_array_equal(explanation.outputs, outputs)
    np.testing.assert_array_equal(explanation.layers["3"].output, outputs)
    explanation.how("3", 0)  # by records that the page has not overwritten
    assert float(explanation.how("3", 0).value) == pytest.approx(float(outputs[0, 0]))


@pytest.mark.parametrize("options", [{"rows": 2}, {"training": True}])
def test_a_batch_and_a_pass_of_training_have_a_page_too(options):
    assert explained(**options)[0]._repr_html_().startswith("<iframe")


def test_a_pass_of_many_samples_is_told_in_words():
    explanation, _ = explained(17)
    assert explanation._repr_html_() is None
    assert repr(explanation).startswith("<Explanation of 17 samples")
