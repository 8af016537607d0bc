"""Archives of arrays: how they are read, and that every hostile archive only raises an error of nnfs."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest

from nnfs.data.npz import read_npz
from nnfs.errors import FormatError, UnsupportedError


@pytest.fixture
def archive(tmp_path):
    """Return a function that writes arrays to a file and gives its path."""

    def write(pack=np.savez, **arrays):
        pack(tmp_path / "data.npz", **arrays)
        return tmp_path / "data.npz"

    return write


def member(array, **options):
    data = io.BytesIO()
    np.save(data, array, **options)
    return data.getvalue()


def zipped(tmp_path, *members, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(tmp_path / "data.npz", "w", compression) as file:
        for name, data in members:
            file.writestr(name, data)
    return tmp_path / "data.npz"


@pytest.mark.parametrize("pack", [np.savez, np.savez_compressed])
def test_a_file_may_hold_two_parts(archive, pack):
    x = np.arange(12, dtype=np.float64).reshape(6, 2)
    y = np.array([0, 1, 2, 1, 0, 2], np.uint8)
    weights = np.array([1, 2, 0, 1])
    found = read_npz(archive(pack, x_train=x[:4], y_train=y[:4], x_test=x[4:], y_test=y[4:], sample_weight=weights))
    for samples, rows in ((found.train, slice(4)), (found.test, slice(4, 6))):
        np.testing.assert_array_equal(samples.x, x[rows])
        np.testing.assert_array_equal(samples.y, y[rows])
        assert (samples.x.dtype, samples.y.dtype) == (np.float32, np.int64)
    np.testing.assert_array_equal(found.train.weights, weights)
    assert found.class_names == ()


@pytest.mark.parametrize(
    ("x", "y", "dtype", "changes"),
    [
        ([[0.1, 2]], [0.1], "float32", ("x (float64) rounded to float32", "y (float64) rounded to float32")),
        ([[0.1, 2]], [0.1], "float64", ()),
        ([[0.5, 2]], [1], "float32", ()),
        (np.full((1, 2, 2), 0.1), ["a"], "float32", ("x (float64) rounded to float32",)),
        ([[2**24 + 1]], [1], "float32", ("x (int64) rounded to float32",)),
        ([[2**24]], [2**24 + 1], "float32", ()),
        ([[2**53 + 1]], [1], "float64", ("x (int64) rounded to float64",)),
        ([[2**53]], [1], "float64", ()),
        (np.array([[2**64 - 1]], "u8"), [1], "float64", ("x (uint64) rounded to float64",)),
        ([[0.5]], [2.0**24 + 1], "float32", ("y (float64) rounded to float32",)),
        (np.ones((1, 2), "uint8"), [0.5], "float32", ("pixels 0..255 (uint8) are read as 0..1",)),
        (np.ones((1, 2), "float32"), [True], "float64", ()),
    ],
)
def test_changes_tell_what_was_scaled_or_rounded(archive, x, y, dtype, changes):
    assert read_npz(archive(x=x, y=y), dtype=dtype).changes == changes


def test_changes_tell_which_names_the_numbers_of_classes_have(archive):
    path = archive(x=np.zeros((2, 1), "f4"), y=np.array([1, 0]))
    line = "labels are taken for the numbers of the classes: 0 for cat, 1 for dog"
    assert read_npz(path, class_names=("cat", "dog")).changes == (line,)
    for y in (np.array([1.0, 0], "f4"), np.array([True, False]), np.eye(2, dtype="f4")):
        assert read_npz(archive(x=np.zeros((2, 1), "f4"), y=y), class_names=("cat", "dog")).changes == (line,)
    for y in (np.array(["dog", "cat"]), np.array([0.5, 0], "f4")):
        assert read_npz(archive(x=np.zeros((2, 1), "f4"), y=y), class_names=("cat", "dog")).changes == ()


@pytest.mark.parametrize("y", [[7, 3], [[7], [3]], ["7", "3"], [["7"], ["3"]]])
def test_number_labels_that_are_given_names_are_read_as_names(archive, y):
    found = read_npz(archive(x=np.zeros((2, 1), "f4"), y=y), class_names=("3", "7"))
    assert (found.train.y.tolist(), found.class_names, found.changes) == ([1, 0], ("3", "7"), ())


def test_numbers_are_names_where_a_class_has_a_number_for_a_name(archive):
    x = np.zeros((2, 1), "f4")
    found = read_npz(archive(x_train=x, y_train=[1, 2], x_test=x, y_test=[2, 3]), class_names=("1", "2", "3"))
    assert (found.train.y.tolist(), found.test.y.tolist()) == ([0, 1], [1, 2])
    with pytest.raises(FormatError, match="got the class '0', wanted one of 1, 2, 3"):
        read_npz(archive(x_train=x, y_train=[1, 2], x_test=x, y_test=[0, 1]), class_names=("1", "2", "3"))


def test_integers_and_bools_go_together(archive):
    x = np.zeros((2, 1), "f4")
    found = read_npz(archive(x_train=x, y_train=[0, 1], x_test=x, y_test=[True, False]))
    assert (found.train.y.tolist(), found.test.y.tolist()) == ([0, 1], [1, 0])


def test_one_part_may_lack_targets(archive):
    x = np.asfortranarray(np.arange(6, dtype=">f4").reshape(3, 2))
    found = read_npz(archive(x=x), dtype="float64")
    np.testing.assert_array_equal(found.train.x, x)
    assert found.train.x.dtype == np.float64
    assert (found.train.y, found.train.weights, found.test) == (None, None, None)


def test_bytes_are_pixels_and_images_get_their_channel(archive):
    found = read_npz(archive(x=np.full((2, 3, 4), 255, np.uint8), y=[0, 1]))
    np.testing.assert_array_equal(found.train.x, np.ones((2, 1, 3, 4), np.float32))


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 8, 9), (16, 100, 1), (1, 50, 3), (3, 3, 3)])
def test_images_with_channels_first_and_signals_stay_as_they_are(archive, shape):
    assert read_npz(archive(x=np.zeros((2, *shape), "f4"))).train.x.shape == (2, *shape)


def test_targets_of_floats_are_numbers_and_of_texts_are_classes(archive):
    x = np.zeros((3, 2))
    found = read_npz(archive(x=x, y=[[0.5], [1.5], [2.0]]))
    assert (found.train.y.dtype, found.train.y.shape) == (np.float32, (3, 1))
    found = read_npz(archive(x_train=x, y_train=["cat", "ape", "cat"], x_test=x[:1], y_test=["dog"]))
    assert found.class_names == ("ape", "cat", "dog")
    assert (found.train.y.tolist(), found.test.y.tolist()) == ([1, 0, 1], [2])
    with pytest.raises(FormatError, match=r"data\.npz: got the class 'cat', wanted one of ape, dog"):
        read_npz(archive(x=x, y=["cat", "ape", "cat"]), class_names=("ape", "dog"))


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"a": [1.0]}, "got the arrays a, wanted x and y, or x_train"),
        ({"x": np.zeros((2, 2)), "z": [1]}, "got the arrays x, z"),
        ({"x_train": np.zeros((2, 2)), "y_train": [0, 1]}, "got the arrays x_train, y_train"),
        ({"x": np.zeros((2, 2)), "y": [0, 1, 2]}, r"y has the shape \(3,\), wanted \(2, ...\)"),
        ({"x": np.zeros((2, 2)), "y": 1}, r"y has the shape \(\)"),
        ({"x": np.zeros((2, 2)), "sample_weight": [1.0]}, r"sample_weight has the shape \(1,\)"),
        ({"x": np.zeros(2)}, r"x has the shape \(2,\), wanted \(N, D\)"),
        (
            {"x": np.zeros((2, 28, 28, 1), "u1")},
            r"x has .* looks like \(N, H, W, C\), .*save x.transpose\(0, 3, 1, 2\)$",
        ),
        ({"x": np.zeros((2, 8, 9, 3))}, r"x has the shape \(2, 8, 9, 3\), which looks like .*, wanted \(N, C, H, W\)"),
        ({"x": np.zeros((2, 0))}, r"x has the shape \(2, 0\), wanted \(N, D\)"),
        (
            {"x_train": [[0.0, 1]], "y_train": [0], "x_test": [[0.0]], "y_test": [0]},
            r"x_test has the shape \(1, 1\), and x_train \(1, 2\): other samples",
        ),
        ({"x": [[0, np.nan]]}, r"x\[0, 1\] is nan, wanted a finite number of type float32"),
        ({"x": [[0, 1e40]]}, r"x\[0, 1\] is 1e\+40, wanted a finite number of type float32"),
        ({"x": [["a"]]}, "x holds texts, wanted numbers"),
        ({"x": np.zeros((1, 1)), "y": [np.inf]}, r"y\[0\] is inf"),
        ({"x": np.zeros((1, 1)), "y": [["a", "b"]]}, r"y holds texts of the shape \(1, 2\), wanted \(N,\)"),
        ({"x": np.zeros((1, 1)), "y": "a"}, r"y holds texts of the shape \(\), wanted \(N,\)"),
        (
            {"x_train": [[0.0]], "y_train": [0], "x_test": [[0.0]], "y_test": [0.0]},
            "y_train has the type int64 and y_test has the type float64, wanted labels of one kind",
        ),
        (
            {"x": np.zeros((2, 1)), "y": np.array([1, 2**63], "u8")},
            r"y\[1\] is 9223372036854775808, wanted labels below 2",
        ),
    ],
)
def test_arrays_that_are_no_samples_are_refused(archive, arrays, message):
    with pytest.raises(FormatError, match=r"data\.npz: " + message):
        read_npz(archive(**arrays))


@pytest.mark.parametrize("code", [0x110000, 2**32 - 1, 0xD800, 0xDFFF])
def test_a_text_with_codes_of_no_characters_is_refused(tmp_path, code):
    y = np.array(["aa", "bb"])
    y.view("u4")[3] = code
    np.savez(tmp_path / "x.npz", x=np.ones((2, 3)), y=y)
    with pytest.raises(FormatError, match=r"y\.npy holds a text with a number that stands for no character"):
        read_npz(tmp_path / "x.npz")


DAYS = np.array(["2000-01-02"], "M8[D]")


@pytest.mark.parametrize(
    ("name", "array", "words"),
    [
        (
            "y",
            np.array([b"cat"]),
            r"y\.npy holds values of type \|S3, .*; for names of classes, save y\.astype\(str\)$",
        ),
        ("y", np.array(["cat"], object), r"type object, .*; for names of classes, save y\.astype\(str\)$"),
        (
            "y",
            DAYS,
            r"type datetime64\[D\], .*; for classes, save y\.astype\(str\); for numbers to predict, \(\(y - np",
        ),
        ("x", DAYS[None], r"x\.npy holds .*; save \(\(x - np\.datetime64\('2000-01-01'\)\) / np\.timedelta64"),
        (
            "x",
            DAYS[None] - DAYS,
            r"type timedelta64\[D\], .*; save \(x / np\.timedelta64\(1, 'D'\)\)\.astype\('float32'\)$",
        ),
        ("x", np.array([[b"1"]]), r"type \|S1, .*; save x\.astype\('float32'\)$"),
        ("x", np.ones((1, 1), object), r"type object, .*; save x\.astype\('float32'\)$"),
        ("x", np.ones((1, 1), complex), r"type complex128, wanted numbers or texts$"),
    ],
)
def test_an_error_for_another_type_shows_what_to_save(archive, name, array, words):
    with pytest.raises(UnsupportedError, match=words):
        read_npz(archive(**{"x": np.ones((1, 1), "f4"), "y": np.array([0])} | {name: array}))


def test_a_date_of_an_unknown_unit_is_an_error(tmp_path):
    data = member(np.array(["2000-01-02"], "M8[D]")).replace(b"[D]", b"[x]")
    with pytest.raises(FormatError, match=r"is no whole \.npz file: .*unit"):
        read_npz(zipped(tmp_path, ("x.npy", data)))


def test_changes_tell_of_whole_pixels_that_are_not_divided(archive):
    x, y = np.full((2, 3, 3), 60000, np.uint16), np.array([0, 1])
    found = read_npz(archive(x=x, y=y))
    told = "x (uint16 up to 60000) is not divided: only pixels of uint8 are read as 0..1"
    assert found.changes == (f"{told}; for pixels, save np.divide(x, 65535, dtype='float32')",)
    assert (found.train.x == 60000).all()
    assert found.pixels_divided_by is None
    assert read_npz(archive(x=x.astype("i8") + 2**16, y=y)).changes == (
        "x (int64 up to 125536) is not divided: only pixels of uint8 are read as 0..1",
    )
    for other in (x[:, 0], x // 600, x.astype("f4"), np.divide(x, 65535, dtype="float32")):
        assert read_npz(archive(x=other, y=y)).changes == ()


def test_objects_are_never_unpickled(tmp_path):
    class Canary:
        def __reduce__(self):
            return exec, ("raise SystemExit('unpickled')",)

    path = zipped(tmp_path, ("x.npy", member(np.array([Canary()], object), allow_pickle=True)))
    with pytest.raises(UnsupportedError, match=r"x\.npy holds values of type object"):
        read_npz(path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (member(np.zeros((3, 2)))[:-8], r"has 40 bytes of data, wanted 48 for the shape \(3, 2\)"),
        (member(np.zeros((3, 2))) + b"more", "has 52 bytes of data, wanted 48"),
        (member(np.zeros((3, 2))).replace(b"(3, 2)", b"(-3,2)"), r"x\.npy has the header b.*wanted that of a plain"),
        (member(np.zeros((3, 2))).replace(b"(3, 2)", b"(9**9)"), "has the header"),
        (member(np.zeros((1, 2))).replace(b"(1, 2)", b"(" * 6), "has the header"),
        (member(np.zeros((1, 2))).replace(b"<f8", b"<f7"), "is no whole .npz file: data type '<f7' not understood"),
        (member(np.zeros(1, "f8,f8")), "has the header"),
        (b"\x93NUMPY\3" + member(np.zeros((1, 2)))[7:], "has the header"),
        (b"", "has the header b''"),
        (b"PK", "has the header b'PK'"),
    ],
)
def test_members_that_are_no_arrays_are_refused(tmp_path, data, message):
    with pytest.raises((FormatError, UnsupportedError), match=message):
        read_npz(zipped(tmp_path, ("x.npy", data)))


def test_archives_with_wrong_sizes_take_no_memory(tmp_path, archive):
    huge = b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }".ljust(128)
    with pytest.raises(FormatError, match="wanted 8,000,000,000,000 for the shape"):
        read_npz(zipped(tmp_path, ("x.npy", huge)))
    path = archive(np.savez_compressed, x=np.zeros((100, 1000)))
    with pytest.raises(FormatError, match=r"x\.npy says that it has 800,128 bytes.*wanted at most 1,000"):
        read_npz(path, max_bytes=1000)
    data = bytearray(path.read_bytes())
    place = data.index(b"PK\x01\x02") + 24
    data[place : place + 4] = (2**31).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(FormatError, match=r"says that it has 2,147,483,648 bytes"):
        read_npz(path)


def test_other_members_and_compression_methods_are_refused(tmp_path):
    with pytest.raises(FormatError, match=r"got the members readme\.txt, wanted \.npy files"):
        read_npz(zipped(tmp_path, ("readme.txt", b"")))
    with pytest.warns(UserWarning, match="Duplicate"):
        path = zipped(tmp_path, *[("x.npy", member(np.zeros((1, 1))))] * 2)
    with pytest.raises(FormatError, match="with a name each"):
        read_npz(path)
    path = zipped(tmp_path, ("x.npy", member(np.zeros((1, 1)))), compression=zipfile.ZIP_BZIP2)
    with pytest.raises(UnsupportedError, match="packed in another way"):
        read_npz(path)


def test_every_damaged_byte_is_an_error_of_nnfs_or_changes_nothing(archive):
    path = archive(np.savez_compressed, x=np.arange(6.0).reshape(3, 2), y=[0, 1, 1])
    whole = path.read_bytes()
    wanted = read_npz(path)
    for place in range(len(whole)):
        for damaged in (whole[:place], whole[:place] + bytes([whole[place] ^ 0x5A]) + whole[place + 1 :]):
            path.write_bytes(damaged)
            try:
                found = read_npz(path)
            except (FormatError, UnsupportedError):
                continue
            np.testing.assert_array_equal(found.train.x, wanted.train.x)
            np.testing.assert_array_equal(found.train.y, wanted.train.y)


@pytest.mark.parametrize("pack", [np.savez, np.savez_compressed])
def test_arrays_that_would_fill_the_memory_as_floats_are_refused(archive, monkeypatch, pack):
    path = archive(pack, x=np.zeros((100, 100), np.uint8))
    held, wanted = path.stat().st_size, 10000 * (1 + 4)
    monkeypatch.setattr("nnfs.system.memory.LARGEST_RATIO", 1)
    monkeypatch.setattr("nnfs.system.memory.SMALL", wanted)
    assert read_npz(path).train.x.shape == (100, 100)
    monkeypatch.setattr("nnfs.system.memory.SMALL", wanted - 1)
    with pytest.raises(FormatError, match=rf"its arrays would take 50,000 bytes, wanted .* for {held:,} bytes of data"):
        read_npz(path)


def test_pixels_in_one_part_alone_are_an_error(tmp_path):
    arrays = {"y_train": [0, 1], "y_test": [0, 1], "x_train": np.zeros((2, 3), "u1"), "x_test": np.zeros((2, 3), "f4")}
    for one, other in ("x_train", "x_test"), ("x_test", "x_train"):
        np.savez(tmp_path / "a.npz", **arrays | {"x_train": arrays[one], "x_test": arrays[other]})
        with pytest.raises(
            FormatError, match=f"x_train has the type {arrays[one].dtype} and x_test {arrays[other].dtype}: "
        ):
            read_npz(tmp_path / "a.npz")
