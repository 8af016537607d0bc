"""Figures within a page: harmless texts, colours of the page, and no id twice."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from nnfs.plots.figure import BLUE, new_figure
from nnfs.plots.svg import as_svg, literal, page_style

pytest.importorskip("matplotlib")
HOSTILE = "</svg><script>alert(1)</script>$\\frac{a}$ &amp; \"'"


def drawn(name="p", text="x"):
    with page_style():
        figure = new_figure(3, 2)
        axes = figure.add_subplot(xlabel=literal(text), title=literal(text))
        axes.plot([0, 1], [0, 1], "o-", color=BLUE)
        axes.set_clip_on(True)
        return as_svg(figure, name, text)


def test_texts_are_texts_whatever_they_say():
    svg = drawn(text=HOSTILE)
    root = ElementTree.fromstring(svg)
    assert root.attrib["aria-label"] == HOSTILE
    assert [element.text for element in root.iter("text")].count(HOSTILE) == 2
    assert not list(root.iter("script"))
    assert not list(root.iter("style"))  # it would hold for the whole page


def test_names_that_matplotlib_cannot_write_are_left_to_the_browser():
    svg = drawn(text="\u732b \x1b[31m")
    assert ">\u732b \\x1b[31m<" in svg


def test_colours_are_those_of_the_page():
    svg = drawn()
    assert f"var(--blue, {BLUE})" in svg
    assert "currentColor" in svg
    assert "#000000" not in svg


def test_the_ids_of_two_pictures_differ_and_lead_somewhere():
    both = drawn("p") + drawn("q")
    ids = re.findall(r' id="([^"]+)"', both)
    assert ids
    assert len(ids) == len(set(ids))
    used = re.findall(r'href="#([^"]+)"', both) + re.findall(r"url\(#([^)]+)\)", both)
    assert used
    assert set(used) == set(ids)


def test_a_picture_is_the_same_each_time_and_settings_are_as_before():
    import matplotlib

    before = dict(matplotlib.rcParams)
    assert drawn() == drawn()
    assert dict(matplotlib.rcParams) == before
