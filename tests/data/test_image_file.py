"""One image: its colours, its EXIF data, and images that are refused."""

from __future__ import annotations

import io
import struct
import sys
import zlib

import numpy as np
import pytest

from nnfs.data.image_file import read_image
from nnfs.errors import FormatError, UnsupportedError

Image = pytest.importorskip("PIL.Image")
PIXELS = np.arange(60, dtype=np.uint8).reshape(3, 4, 5) * 4


def accept(channels, rows, columns):
    """Accept every size."""


@pytest.fixture
def draw(tmp_path):
    """Return a function that writes an image of one colour, and gives its path."""

    def write(name, colour=255, mode="L", size=(4, 3)):
        Image.new(mode, size, colour).save(tmp_path / name)
        return str(tmp_path / name)

    return write


@pytest.fixture
def chunks(tmp_path):
    """Return a function that writes a PNG file of a header, pixels and other chunks, and gives its path."""

    def write(depth, colour, rows, *others):
        height, width = len(rows), 2
        header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
        data = zlib.compress(b"".join(b"\0" + row for row in rows))
        parts = [(b"IHDR", header), (b"IDAT", data), *others, (b"IEND", b"")]
        whole = b"".join(
            struct.pack(">I", len(part)) + kind + part + struct.pack(">I", zlib.crc32(kind + part))
            for kind, part in parts
        )
        (tmp_path / "1.png").write_bytes(b"\x89PNG\r\n\x1a\n" + whole)
        return str(tmp_path / "1.png")

    return write


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("orientation", range(10))
def test_an_image_is_rotated_upright_by_its_exif_data(tmp_path, mode, orientation):
    ops = pytest.importorskip("PIL.ImageOps")
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(PIXELS[0] if mode == "L" else np.ascontiguousarray(PIXELS.transpose(1, 2, 0)))
    image.save(tmp_path / "1.png", exif=exif)
    found = read_image(str(tmp_path / "1.png"), accept)
    with Image.open(tmp_path / "1.png") as image:
        wanted = np.asarray(ops.exif_transpose(image))
    np.testing.assert_array_equal(found.pixels, wanted[None] if mode == "L" else wanted.transpose(2, 0, 1))
    assert found.is_rotated == (2 <= orientation <= 8)
    image.save(tmp_path / "1.jpg", exif=exif)
    assert read_image(str(tmp_path / "1.jpg"), accept).pixels.shape == found.pixels.shape


def test_exif_data_may_be_after_the_pixels(chunks):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = chunks(8, 0, [b"\1\2", b"\3\4", b"\5\6"], (b"eXIf", exif.tobytes()[6:]))
    found = read_image(path, accept)
    assert (found.pixels.tolist(), found.is_rotated) == ([[[5, 3, 1], [6, 4, 2]]], True)


@pytest.mark.parametrize("exif", [b"", b"MM", b"II*\0\xff\xff\xff\xff", b"?" * 50])
def test_damaged_exif_data_are_ignored(chunks, exif):
    path = chunks(8, 0, [b"\1\2", b"\3\4"], (b"eXIf", exif))
    found = read_image(path, accept)
    assert (found.pixels.tolist(), found.is_rotated) == ([[[1, 2], [3, 4]]], False)


@pytest.mark.parametrize(
    ("depth", "row", "wanted"), [(1, b"\x40", [0, 255]), (2, b"\x60", [85, 170]), (4, b"\x1f", [17, 255])]
)
def test_grey_of_fewer_bits_is_scaled_to_8(chunks, depth, row, wanted):
    assert read_image(chunks(depth, 0, [row]), accept).pixels.tolist() == [[wanted]]


@pytest.mark.parametrize("data", [b"P5 2 1 100\n\x00\x64", b"P2 2 1 15\n0 15", b"P6 1 1 51\n\x00\x33\x00"])
def test_portable_maps_are_scaled_by_their_largest_value(tmp_path, data):
    (tmp_path / "1.ppm").write_bytes(data)
    found = read_image(str(tmp_path / "1.ppm"), accept).pixels
    assert (found.min(), found.max()) == (0, 255)


@pytest.mark.parametrize(
    ("mode", "colour", "fix"),
    [
        ("RGBA", (1, 2, 3, 4), r"image\.convert\(\"RGB\"\)"),
        ("P", 1, r"image\.convert\(\"RGB\"\)"),
        ("LA", (1, 2), r"image\.convert\(\"RGB\"\)"),
    ],
)
def test_an_error_for_other_kinds_of_images_shows_what_to_save(draw, mode, colour, fix):
    with pytest.raises(UnsupportedError, match=rf"1\.png: got an image of mode {mode}, wanted grey or RGB .*: .*{fix}"):
        read_image(draw("1.png", colour, mode), accept)


@pytest.mark.parametrize(
    ("mode", "colour", "clear", "then"), [("RGB", (9, 2, 3), (1, 2, 3), "RGB"), ("L", 9, 7, "L"), ("P", 1, 0, "RGB")]
)
def test_an_error_for_transparency_shows_how_to_remove_it(tmp_path, mode, colour, clear, then):
    image, path = Image.new(mode, (2, 1), colour), tmp_path / "1.png"
    image.save(path, transparency=clear)
    text = rf"mode {mode} with transparency, .*: save image\.convert\(\"RGBA\"\)\.convert\(\"{then}\"\) of Pillow"
    with pytest.raises(UnsupportedError, match=text):
        read_image(str(path), accept)
    with Image.open(path) as found:
        found.convert("RGBA").convert(then).save(path)
    assert len(read_image(str(path), accept).pixels) == len(then)


def test_grey_of_16_bits_is_read_whole(chunks, tmp_path):
    assert read_image(chunks(16, 0, [b"\0\7\xff\xfe"]), accept).pixels.tolist() == [[[7, 65534]]]
    for data in (b"P5 2 1 65535\n\0\7\xff\xfe", b"P2 2 1 65535\n7 65534"):
        (tmp_path / "1.pgm").write_bytes(data)
        found = read_image(str(tmp_path / "1.pgm"), accept).pixels
        assert (found.dtype, found.tolist()) == (np.uint16, [[[7, 65534]]])
    (tmp_path / "1.pgm").write_bytes(b"P5 2 1 1000\n\0\0\x03\xe8")
    assert read_image(str(tmp_path / "1.pgm"), accept).pixels.tolist() == [[[0, 65535]]]


def test_an_image_in_cmyk_is_refused(draw):
    with pytest.raises(UnsupportedError, match=r"mode CMYK, .*image\.convert"):
        read_image(draw("1.jpg", (1, 2, 3, 4), "CMYK"), accept)


@pytest.mark.parametrize(("mode", "colour"), [("CMYK", (0, 255, 255, 0)), ("P", 1)])
@pytest.mark.parametrize("grey", [True, False])
def test_palettes_and_cmyk_are_read_where_grey_or_colour_is_chosen(tmp_path, mode, colour, grey):
    image = Image.new(mode, (4, 3), colour)
    image.save(tmp_path / "1.jpg" if mode == "CMYK" else tmp_path / "1.png")
    found = read_image(str(next(tmp_path.iterdir())), accept, grey=grey).pixels
    wanted = np.asarray(image.convert("L" if grey else "RGB"), int)
    assert found.shape == ((1, 3, 4) if grey else (3, 3, 4))
    assert np.abs(found.transpose(1, 2, 0).reshape(wanted.shape) - wanted).max() <= 3  # what JPEG may change


def test_an_animation_is_refused(tmp_path):
    pictures = [Image.new("L", (4, 3), level) for level in (1, 2, 3)]
    pictures[0].save(tmp_path / "1.png", save_all=True, append_images=pictures[1:])
    with pytest.raises(UnsupportedError, match="got an animation of 3 pictures, wanted one"):
        read_image(str(tmp_path / "1.png"), accept)


def test_colours_of_16_bits_are_refused_and_not_cut(chunks, tmp_path):
    text = r"got an image of mode RGB with 16 bits a colour, wanted .* 8 bits a colour: bring its values to 0\.\.255"
    with pytest.raises(UnsupportedError, match=text):
        read_image(chunks(16, 2, [b"\0\7" * 6]), accept)
    for data in (b"P6 2 1 65535\n" + b"\0\7" * 6, b"P3 2 1 256\n" + b"7 " * 6):
        (tmp_path / "1.ppm").write_bytes(data)
        with pytest.raises(UnsupportedError, match=text):
            read_image(str(tmp_path / "1.ppm"), accept)


def test_the_size_is_checked_before_pixels_are_decompressed(draw, monkeypatch):
    path = draw("1.png", (1, 2, 3), "RGB", size=(7, 5))
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", None)

    def check(*size):
        raise FormatError(f"too large: {size}")

    with pytest.raises(FormatError, match=r"1\.png: too large: \(3, 5, 7\)"):
        read_image(path, check)


def test_a_huge_image_is_refused(draw, monkeypatch):
    path = draw("1.png", size=(300, 300))
    monkeypatch.setattr("nnfs.data.image_file.LARGEST_IMAGE", 10000)
    with pytest.raises(FormatError, match="got 300 x 300 pixels, wanted at most 10,000"):
        read_image(path, accept)
    monkeypatch.setattr("PIL.Image.MAX_IMAGE_PIXELS", 80000)  # Pillow warns, and refuses twice as much
    with pytest.raises(FormatError, match="decompression bomb"):
        read_image(path, accept)


@pytest.mark.parametrize("suffix", ["png", "jpg", "pgm"])
def test_every_truncated_file_is_an_error_or_gives_equal_pixels(draw, suffix):
    path = draw(f"1.{suffix}", 7, size=(9, 5))
    with open(path, "rb") as file:
        whole = file.read()
    wanted = read_image(path, accept).pixels
    sizes = range(0, len(whole), 1 + len(whole) // 60)
    refused = 0
    for size in sizes:
        with open(path, "wb") as file:
            file.write(whole[:size])
        try:
            found = read_image(path, accept).pixels
        except FormatError:
            refused += 1
            continue
        np.testing.assert_array_equal(found, wanted)  # the missing bytes come after the pixels
    assert refused > len(sizes) // 2


def test_another_format_under_the_name_of_an_image_is_an_error(tmp_path):
    data = io.BytesIO()
    Image.new("L", (2, 2)).save(data, "GIF")
    (tmp_path / "1.png").write_bytes(data.getvalue())
    words = r"1\.png: is no PNG, PGM, PPM or JPEG image, or is damaged; save it anew, or move it out of the folder$"
    with pytest.raises(FormatError, match=words):
        read_image(str(tmp_path / "1.png"), accept)


def test_an_error_without_pillow_shows_how_to_install_it(draw, monkeypatch):
    path = draw("1.png")
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(UnsupportedError, match=r'pip install "nnfs-cython\[images\]"'):
        read_image(path, accept)
