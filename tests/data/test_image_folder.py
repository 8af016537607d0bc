"""Folders of images: classes, parts, colours, and the name of the file that is not as the others."""

from __future__ import annotations

import os
import sys

import numpy as np
import pytest

from nnfs.data.image_folder import read_image_folder
from nnfs.errors import FormatError, UnsupportedError

Image = pytest.importorskip("PIL.Image")


@pytest.fixture
def draw(tmp_path):
    """Return a function that writes an image of one colour."""

    def write(name, colour=255, mode="L", size=(4, 3)):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new(mode, size, colour).save(path)

    return write


def test_a_folder_for_each_class(draw, tmp_path):
    draw("dog/b.png", 255)
    draw("cat/1.pgm", 51)
    draw("dog/a.jpg", 0)
    (tmp_path / ".hidden").write_text("")
    found = read_image_folder(tmp_path)
    assert found.class_names == ("cat", "dog")
    assert found.train.y.tolist() == [0, 1, 1]
    assert (found.train.x.shape, found.train.x.dtype) == ((3, 1, 3, 4), np.float32)
    np.testing.assert_allclose(found.train.x[:, 0, 0, 0], [0.2, 0, 1], rtol=1e-6)
    assert found.test is None
    assert found.changes == ("pixels 0..255 (uint8) are read as 0..1",)
    assert [name.replace(os.sep, "/") for name in found.train.files] == ["cat/1.pgm", "dog/a.jpg", "dog/b.png"]


def test_parts_to_train_and_to_test_share_the_classes(draw, tmp_path):
    for name in ("train/a/1.png", "train/b/1.png", "train/c/1.png", "test/c/1.png"):
        draw(name)
    found = read_image_folder(tmp_path, dtype="float64")
    assert (found.train.y.tolist(), found.test.y.tolist()) == ([0, 1, 2], [2])
    assert found.test.x.dtype == np.float64
    assert (len(found.train.files), found.test.files) == (3, (os.path.join("test", "c", "1.png"),))


def test_colours_come_first(draw, tmp_path):
    draw("a/1.png", (255, 0, 51), "RGB")
    x = read_image_folder(tmp_path).train.x
    assert x.shape == (1, 3, 3, 4)
    np.testing.assert_allclose(x[0, :, 0, 0], [1, 0, 0.2], rtol=1e-6)


def test_images_alone_have_no_labels(draw, tmp_path):
    draw("1.png")
    draw("2.png", 1, "1")
    found = read_image_folder(tmp_path)
    assert found.train.y is None
    assert found.train.files == ("1.png", "2.png")
    np.testing.assert_array_equal(found.train.x, np.ones((2, 1, 3, 4)))


def test_names_that_classes_must_have(draw, tmp_path):
    draw("cat/1.png")
    assert read_image_folder(tmp_path, class_names=("ape", "cat")).train.y.tolist() == [1]
    with pytest.raises(FormatError, match="got the class 'cat', wanted one of dog"):
        read_image_folder(tmp_path, class_names=("dog",))


@pytest.mark.parametrize(
    ("options", "got"),
    [({"size": (4, 4)}, "4 x 4 pixels in grey"), ({"mode": "RGB", "colour": (1, 2, 3)}, "4 x 3 pixels in colour")],
)
def test_the_odd_file_is_named(draw, tmp_path, options, got):
    draw("a/1.png")
    draw("b/2.png", **options)
    with pytest.raises(FormatError, match=rf"2\.png: got {got}, wanted 4 x 3 pixels in grey, as .*1\.png has"):
        read_image_folder(tmp_path)


@pytest.mark.parametrize(("mode", "colour"), [("RGBA", (1, 2, 3, 4)), ("P", 1), ("I;16", 1), ("LA", (1, 2))])
def test_other_kinds_of_images(draw, tmp_path, mode, colour):
    draw("a/1.png", colour, mode)
    with pytest.raises(UnsupportedError, match=rf"1\.png: got an image of mode {mode}, wanted grey or RGB"):
        read_image_folder(tmp_path)


def test_other_files(draw, tmp_path):
    draw("a/1.png")
    (tmp_path / "a" / "notes.txt").write_text("")
    with pytest.raises(FormatError, match=r"notes\.txt: got another file, wanted images"):
        read_image_folder(tmp_path)
    (tmp_path / "a" / "notes.txt").rename(tmp_path / "notes.txt")
    with pytest.raises(FormatError, match="got 1 files and 1 folders, wanted one folder of images for each class"):
        read_image_folder(tmp_path)
    (tmp_path / "notes.txt").unlink()
    (tmp_path / "b").mkdir()
    with pytest.raises(FormatError, match="b: got 0 files and 0 folders, wanted images of one class"):
        read_image_folder(tmp_path)
    with pytest.raises(FormatError, match="b: got 0 files and 0 folders"):
        read_image_folder(tmp_path / "b")
    with pytest.raises(FileNotFoundError):
        read_image_folder(tmp_path / "none")


@pytest.mark.parametrize("suffix", ["png", "jpg", "pgm"])
def test_every_cut_of_a_file_is_an_error_or_changes_nothing(draw, tmp_path, suffix):
    draw(f"a/1.{suffix}", 7, size=(9, 5))
    path = tmp_path / "a" / f"1.{suffix}"
    whole, wanted = path.read_bytes(), read_image_folder(tmp_path).train.x
    sizes = range(0, len(whole), 1 + len(whole) // 60)
    refused = 0
    for size in sizes:
        path.write_bytes(whole[:size])
        try:
            found = read_image_folder(tmp_path).train.x
        except FormatError:
            refused += 1
            continue
        np.testing.assert_array_equal(found, wanted)  # what is cut off was behind the pixels
    assert refused > len(sizes) // 2


def test_an_image_that_would_fill_the_memory(draw, tmp_path, monkeypatch):
    draw("a/1.png", size=(300, 300))
    monkeypatch.setattr("nnfs.data.image_folder.LARGEST_IMAGE", 10000)
    with pytest.raises(FormatError, match="got 300 x 300 pixels, wanted at most 10,000"):
        read_image_folder(tmp_path)
    monkeypatch.setattr("PIL.Image.MAX_IMAGE_PIXELS", 80000)  # Pillow warns, and refuses twice as much
    with pytest.raises(FormatError, match="decompression bomb"):
        read_image_folder(tmp_path)


def test_says_what_to_install(draw, tmp_path, monkeypatch):
    draw("a/1.png")
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(UnsupportedError, match=r'pip install "nnfs-cython\[images\]"'):
        read_image_folder(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_that_is_no_text_can_be_printed(draw, tmp_path):
    draw("1.png")
    os.rename(tmp_path / "1.png", os.fsencode(tmp_path) + b"/\xff.png")
    assert read_image_folder(tmp_path).train.files == ("\ufffd.png",)
