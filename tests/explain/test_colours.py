"""The colours of classes."""

import re

import pytest

from nnfs.explain.colours import class_colours


@pytest.mark.parametrize("classes", [1, 2, 3, 10, 11, 40])
def test_each_class_has_its_own_colour(classes):
    colours = class_colours(classes)[:classes]
    assert len(set(colours)) == classes
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in colours)
