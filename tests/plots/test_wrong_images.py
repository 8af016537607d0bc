import numpy as np
import pytest

import nnfs
from nnfs import plots

pytest.importorskip("matplotlib")
IMAGES = np.linspace(0, 1, 5 * 16, dtype=np.float32).reshape(5, 1, 4, 4)
LABELS, PREDICTED = np.array([0, 1, 2, 0, 1]), np.array([0, 2, 2, 1, 0])
NAMES = ("ape", "bee", "cat")


def test_each_image_shows_its_right_and_its_predicted_class():
    figure = plots.plot_wrong_images(IMAGES, LABELS, PREDICTED, class_names=NAMES, title="animals")
    assert figure.get_suptitle() == "animals: 3 of 5"
    said = [(axes.get_title(), axes.get_xlabel()) for axes in figure.axes]
    assert said == [("is bee", "predicted cat"), ("is ape", "predicted bee"), ("is bee", "predicted ape")]
    for axes, index in zip(figure.axes, (1, 3, 4), strict=True):
        np.testing.assert_array_equal(axes.get_images()[0].get_array(), IMAGES[index, 0])
        assert axes.get_images()[0].get_clim() == (0, 1)


def test_at_most_the_wanted_number_of_images_is_drawn():
    figure = plots.plot_wrong_images(IMAGES, LABELS, PREDICTED, class_names=NAMES, most=2)
    assert figure.get_suptitle() == "Wrongly classified: 3 of 5, the first 2"
    assert len(figure.axes) == 2
    assert not plots.plot_wrong_images(IMAGES, LABELS, LABELS, class_names=NAMES).axes


@pytest.mark.parametrize("images", [IMAGES * 255, (IMAGES - 0.5) * 4, np.uint8(IMAGES * 255)])
def test_numbers_beyond_0_to_1_are_not_clipped(images):
    figure = plots.plot_wrong_images(images, LABELS, PREDICTED, class_names=NAMES)
    wrong = images[[1, 3, 4]]
    assert figure.axes[0].get_images()[0].get_clim() == pytest.approx((wrong.min(), wrong.max()))


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"labels": LABELS[:4]}, nnfs.ShapeError, r"labels must have shape \(5,\)"),
        ({"predicted": np.eye(3)[PREDICTED]}, nnfs.ShapeError, r"predicted must have shape \(5,\), .* got \(5, 3\)"),
        ({"predicted": PREDICTED - 1}, ValueError, r"predicted\[0\] is -1, wanted a class from 0 to 2"),
        ({"class_names": NAMES[:2]}, ValueError, r"labels\[2\] is 2, wanted a class from 0 to 1"),
        ({"images": IMAGES[:, 0]}, nnfs.ShapeError, r"images must be \(N, C, H, W\), got \(5, 4, 4\)"),
        ({"most": 0}, ValueError, "most"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(changed, error, words):
    arguments = {"images": IMAGES, "labels": LABELS, "predicted": PREDICTED, "class_names": NAMES} | changed
    with pytest.raises(error, match=words):
        plots.plot_wrong_images(**arguments)


def test_predictions_of_one_column_are_accepted():
    figure = plots.plot_wrong_images(IMAGES, LABELS, PREDICTED[:, None], class_names=NAMES)
    assert figure.get_suptitle() == "Wrongly classified: 3 of 5"
