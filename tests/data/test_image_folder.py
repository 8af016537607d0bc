"""Folders of images: classes, parts, colours, and errors that name the file that differs."""

from __future__ import annotations

import os
import sys

import numpy as np
import pytest

from nnfs.data.image_folder import read_image_folder, read_one_image
from nnfs.errors import FormatError

Image = pytest.importorskip("PIL.Image")


@pytest.fixture
def draw(tmp_path):
    """Return a function that writes an image of one colour."""

    def write(name, colour=255, mode="L", size=(4, 3)):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new(mode, size, colour).save(path)

    return write


def test_each_subfolder_is_a_class(draw, tmp_path):
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


def test_training_and_test_part_share_the_classes(draw, tmp_path):
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


def test_classes_must_have_the_given_names(draw, tmp_path):
    draw("cat/1.png")
    assert read_image_folder(tmp_path, class_names=("ape", "cat")).train.y.tolist() == [1]
    with pytest.raises(FormatError, match="got the class 'cat', wanted one of dog"):
        read_image_folder(tmp_path, class_names=("dog",))


@pytest.mark.parametrize(
    ("options", "got", "fix"),
    [
        ({"size": (4, 4)}, "4 x 4 pixels in grey", "--size 4x3, in Python size='4x3'"),
        ({"mode": "RGB", "colour": (1, 2, 3)}, "4 x 3 pixels in colour", "--grey, or --colour, in Python grey=True"),
    ],
)
def test_an_error_names_the_image_that_differs(draw, tmp_path, options, got, fix):
    draw("a/1.png")
    draw("b/2.png", **options)
    with pytest.raises(
        FormatError, match=rf"2\.png: got {got}, wanted 4 x 3 pixels in grey, as .*1\.png has. Try: {fix}"
    ):
        read_image_folder(tmp_path)


def test_images_beside_folders_and_empty_folders_are_refused(draw, tmp_path):
    draw("a/1.png")
    draw("2.png")
    with pytest.raises(FormatError, match=r"got '2\.png' beside folders, wanted one folder of images for each"):
        read_image_folder(tmp_path)
    (tmp_path / "2.png").unlink()
    (tmp_path / "b").mkdir()
    with pytest.raises(FormatError, match="b: got an empty folder, wanted images of one class"):
        read_image_folder(tmp_path)
    with pytest.raises(FormatError, match="b: got an empty folder, wanted one folder"):
        read_image_folder(tmp_path / "b")
    with pytest.raises(FileNotFoundError):
        read_image_folder(tmp_path / "none")


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_too_many_images_are_refused_before_one_is_decompressed(draw, tmp_path, monkeypatch, mode):
    for name in ("a/1.png", "a/2.png"):
        draw(name, 0, mode, size=(300, 200))
    held = sum(os.path.getsize(tmp_path / "a" / name) for name in ("1.png", "2.png"))
    channels = 3 if mode == "RGB" else 1
    wanted = 300 * 200 * channels * (2 * 4 + 2)
    monkeypatch.setattr("nnfs.system.memory.SMALL", wanted)
    monkeypatch.setattr("nnfs.system.memory.LARGEST_RATIO", 1)
    assert read_image_folder(tmp_path).train.x.shape == (2, channels, 200, 300)
    monkeypatch.setattr("nnfs.system.memory.SMALL", wanted - 1)
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", None)
    text = rf"2 images of {60000 * channels:,} pixels would take {wanted:,} bytes, wanted .* for {held:,} bytes of data"
    with pytest.raises(FormatError, match=text):
        read_image_folder(tmp_path)


def test_a_later_larger_image_is_refused_before_it_is_decompressed(draw, tmp_path, monkeypatch):
    draw("a/1.png")
    draw("a/2.png", size=(3000, 2000))
    image_file = pytest.importorskip("PIL.ImageFile")
    load = image_file.ImageFile.load
    monkeypatch.setattr(image_file.ImageFile, "load", lambda image: load(image) if image.width == 4 else 1 / 0)
    with pytest.raises(FormatError, match=r"2\.png: got 3000 x 2000 pixels in grey, wanted 4 x 3 pixels"):
        read_image_folder(tmp_path)


def test_rotated_images_are_counted_and_compared_upright(draw, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    draw("a/1.png")
    Image.new("L", (3, 4), 51).save(tmp_path / "a" / "2.png", exif=exif)
    found = read_image_folder(tmp_path)
    assert found.train.x.shape == (2, 1, 3, 4)
    assert found.changes[1:] == ("1 of 2 images are rotated as their EXIF data say",)
    Image.new("L", (4, 3), 51).save(tmp_path / "a" / "2.png", exif=exif)
    with pytest.raises(FormatError, match=r"2\.png: got 3 x 4 pixels in grey, wanted 4 x 3"):
        read_image_folder(tmp_path)


@pytest.mark.parametrize("name", ["val", "valid", "Validation", "TEST", "testing"])
def test_the_folder_of_the_test_part_has_several_names(draw, tmp_path, name):
    for path in ("Train/a/1.png", "Train/b/1.png", f"{name}/b/1.png"):
        draw(path)
    found = read_image_folder(tmp_path)
    assert (found.train.y.tolist(), found.test.y.tolist(), found.class_names) == ([0, 1], [1], ("a", "b"))
    told = (f"{name} is taken for the part to test with",) if name.lower()[0] == "v" else ()
    assert found.changes[1:] == told


def test_changes_tell_that_validation_data_are_left_out(draw, tmp_path):
    for part in ("train", "val", "test"):
        draw(f"{part}/a/1.png", {"train": 0, "val": 51, "test": 255}[part])
    found = read_image_folder(tmp_path)
    assert (found.train.x.max(), found.test.x.min()) == (0, 1)
    assert found.changes[1:] == (f"val is left out: give {tmp_path / 'val'} as the validation data",)


@pytest.mark.parametrize("parts", [("val",), ("test", "val"), ("train",), ("train", "training", "test")])
def test_an_error_for_missing_parts_names_the_folders(draw, tmp_path, parts):
    for part in parts:
        draw(f"{part}/a/1.png")
    text = rf"got the parts {', '.join(sorted(parts))}, wanted train, and test, val, valid or validation; .* own folder"
    with pytest.raises(FormatError, match=text):
        read_image_folder(tmp_path)


def test_an_error_for_another_folder_tells_the_names_of_parts(draw, tmp_path):
    for path in ("train/a/1.png", "dev/a/1.png"):
        draw(path)
    with pytest.raises(FormatError, match=r"dev: got the folder 'a' in it, .*; folders of parts are called train and"):
        read_image_folder(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_that_is_no_text_can_be_printed(draw, tmp_path):
    draw("1.png")
    os.rename(tmp_path / "1.png", os.fsencode(tmp_path) + b"/\xff.png")
    assert read_image_folder(tmp_path).train.files == ("\ufffd.png",)


def test_grey_of_16_bits_is_divided_by_its_own_largest_value(draw, tmp_path):
    draw("a/1.png", 65535, "I;16")
    draw("b/1.png", 13107, "I;16")
    found = read_image_folder(tmp_path)
    np.testing.assert_allclose(found.train.x[:, 0, 0, 0], [1, 0.2], rtol=1e-6)
    assert (found.pixels_divided_by, found.changes) == (65535, ("pixels 0..65535 (uint16) are read as 0..1",))
    draw("b/2.png", 7)
    with pytest.raises(FormatError, match=r"2\.png: got 8 bits a pixel, wanted 16, as .*1\.png has: save all images"):
        read_image_folder(tmp_path)


def test_files_that_are_no_images_are_left_out_and_counted(draw, tmp_path):
    draw("train/a/1.png")
    draw("val/a/2.png")
    for name in ("Thumbs.db", "train/a/notes.txt", "val/a/x.csv", "val/readme"):
        (tmp_path / name).write_text("")
    found = read_image_folder(tmp_path)
    assert (len(found.train.x), len(found.test.x)) == (1, 1)
    assert found.changes[-1] == "files that are no PNG, PGM, PPM or JPEG (3: notes.txt, readme, x.csv) are left out"


@pytest.mark.parametrize(("grey", "channels"), [(True, 1), (False, 3), (None, 1)])
def test_images_are_brought_to_a_size_and_to_colours(draw, tmp_path, grey, channels):
    draw("a/1.png", 51, size=(8, 6))
    draw("a/2.png", 255, size=(4, 3))
    if grey is not None:
        draw("a/3.png", (51, 51, 51), "RGB")
    found = read_image_folder(tmp_path, size=(3, 4), grey=grey)
    assert found.train.x.shape == (2 + (grey is not None), channels, 3, 4)
    np.testing.assert_allclose(found.train.x[:2].mean(axis=(1, 2, 3)), [0.2, 1], rtol=1e-6)
    changed = {True: "2 of 3", False: "2 of 3", None: "1 of 2"}[grey]
    colours = "colour" if channels == 3 else "grey"
    assert found.changes[1] == f"{changed} images are brought to 4 x 3 pixels in {colours}"


def test_an_image_becomes_smaller_by_the_mean_of_its_pixels(tmp_path):
    pixels = np.arange(36, dtype=np.uint8).reshape(6, 6) * 5
    Image.fromarray(pixels).save(tmp_path / "1.png")
    found = read_image_folder(tmp_path, size=(3, 3))
    np.testing.assert_allclose(found.train.x[0, 0] * 255, pixels.reshape(3, 2, 3, 2).mean(axis=(1, 3)), atol=0.51)


def test_one_image_is_a_sample_without_a_label(draw, tmp_path):
    draw("1.png", 51)
    found = read_one_image(str(tmp_path / "1.png"), size=(2, 2), grey=False)
    assert (found.train.x.shape, found.train.y, found.train.files) == ((1, 3, 2, 2), None, ("1.png",))
