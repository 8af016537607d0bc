"""Small images: their pixels are the numbers, and brighter ones are larger in every map of colours."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest

from nnfs.runs.report.kernels import COLOURS
from nnfs.runs.report.pixels import as_png, first_channels, range_of

pytest.importorskip("matplotlib")


def read(address):
    image = pytest.importorskip("PIL.Image")
    data = base64.b64decode(address.removeprefix("data:image/png;base64,"))
    return np.asarray(image.open(io.BytesIO(data)).convert("RGB"), np.float64)


def test_grey_pixels_are_the_numbers():
    pixels = read(as_png(np.array([[0.0, 0.5], [1.0, 0.25]]), 0, 1))
    np.testing.assert_allclose(pixels[:, :, 0] / 255, [[0, 0.5], [1, 0.25]], atol=0.005)


def test_three_channels_are_red_green_and_blue():
    image = np.zeros((3, 1, 2))
    image[0, 0, 0] = image[2, 0, 1] = 1
    assert read(as_png(image, 0, 1)).tolist() == [[[255, 0, 0], [0, 0, 255]]]


def test_the_colours_of_kernels_get_lighter_with_the_number():
    pixels = read(as_png(np.linspace(-1, 1, 50)[None], -1, 1, COLOURS))[0]
    lightness = pixels @ [0.299, 0.587, 0.114]
    assert (np.diff(lightness) > 0).all()


def test_the_range_is_0_to_1_unless_numbers_leave_it():
    assert range_of(np.array([0.2, 0.7])) == (0, 1)
    assert range_of(np.array([-3.0, 0.7])) == (-3, 0.7)
    assert first_channels(np.zeros((2, 4, 5))).shape == (4, 5)
    assert first_channels(np.zeros((3, 4, 5))).shape == (3, 4, 5)
