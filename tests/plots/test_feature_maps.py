"""The feature maps of a layer share one scale, which their colour bar shows."""

import numpy as np
import pytest

import nnfs
from nnfs import plots

pytest.importorskip("matplotlib")


@pytest.fixture
def digits():
    return nnfs.data.digits()


def panels_and_bars(figure):
    panels = [axes for axes in figure.axes if axes.get_images()]
    return panels, [axes for axes in figure.axes if axes not in panels]


@pytest.mark.parametrize("filters", [1, 3, 8, [4, 16]])
def test_image_kernels_and_maps_are_drawn(digits, filters):
    network = nnfs.CNN((1, 8, 8), filters, 3, padding=1)
    image = digits.x_test[0]
    before = image.copy()
    panels, bars = panels_and_bars(plots.plot_feature_maps(network, image))
    shown = [axes.get_images()[0].get_array() for axes in panels]
    lines = [-(-count // 8) for count in np.atleast_1d(filters)]
    # Image, kernels, then convolution, ReLU and pool of each block.
    assert len(shown) == 1 + lines[0] + 3 * sum(lines)
    assert len(bars) == 2 + 3 * len(lines)
    # The first plot is the image, with each pixel repeated.
    fine = shown[0].shape[0] // 8
    np.testing.assert_array_equal(shown[0][::fine, ::fine], image[0])
    np.testing.assert_array_equal(image, before)


def test_signals_are_images_of_one_row():
    network = nnfs.Sequential([nnfs.Conv1D(3, 4), nnfs.MaxPool1D(2), nnfs.Flatten(), nnfs.Dense(2)], (2, 9))
    panels, _ = panels_and_bars(plots.plot_feature_maps(network, np.linspace(0, 1, 18, dtype="f4").reshape(2, 9)))
    assert len(panels) == 4  # the signal, kernels, and the maps of two layers


def test_all_lines_of_a_layer_have_the_scale_of_its_largest_number(digits):
    network = nnfs.CNN((1, 8, 8), 16, 3, padding=1)
    panels, bars = panels_and_bars(plots.plot_feature_maps(network, digits.x_test[0]))
    image, *rest = (axes.get_images()[0] for axes in panels)
    assert image.get_clim() == (0, 1)
    outputs = [output[0].copy() for _, output in network.trace(digits.x_test[:1])]
    wanted = [network.layers[0].weight.value, *outputs[:3]]
    for index, values in enumerate(wanted):
        largest = np.abs(values).max()
        for line in rest[2 * index : 2 * index + 2]:
            assert line.get_clim() == pytest.approx((-largest, largest))
        ticks = bars[1 + index].get_yticks()
        np.testing.assert_allclose(ticks, [-largest, 0, largest])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_image_beyond_0_to_1_has_a_scale_of_its_own(dtype):
    network = nnfs.Sequential([nnfs.Conv2D(2, 3), nnfs.Flatten(), nnfs.Dense(2)], (3, 6, 6), dtype=dtype)
    image = np.linspace(-2, 5, 108, dtype=dtype).reshape(3, 6, 6)
    panels, _ = panels_and_bars(plots.plot_feature_maps(network, image))
    first = panels[0].get_images()[0]
    assert first.get_clim() == pytest.approx((image[0].min(), image[0].max()))
    assert [axes.get_ylabel() for axes in panels] == ["image\nchannel 0", "kernels\nchannel 0", "0 Conv2D"]


def test_an_image_of_another_shape_is_refused(digits):
    flat = nnfs.NeuralNetwork((1, 8, 8), [], 10)
    with pytest.raises(nnfs.ShapeError, match="Conv2D"):
        plots.plot_feature_maps(flat, digits.x_test[0])
    network = nnfs.CNN((1, 8, 8), 2, 3)
    with pytest.raises(nnfs.ShapeError, match=r"^image must be one image \(1, 8, 8\), got shape"):
        plots.plot_feature_maps(network, digits.x_test[0][:, :4])
    with pytest.raises(nnfs.ShapeError, match=r"; for the first image of a batch, write image\[0\]$"):
        plots.plot_feature_maps(network, digits.x_test[:3])
    with pytest.raises(nnfs.NumericError, match="image holds"):
        plots.plot_feature_maps(network, np.full((1, 8, 8), np.nan, np.float32))
