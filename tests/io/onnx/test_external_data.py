"""Weights in other files are read if the user asks for it, and only within the folder of the model."""

from __future__ import annotations

import numpy as np
import pytest
from onnx_models import make_model, node, normal

import nnfs.io.onnx
from nnfs import DTypeError, FormatError, UnsupportedError

W, V = normal(8, 4), normal(4, 3)


@pytest.fixture
def path(tmp_path):
    """Return the path of a model whose two weights lie in weights/m.data."""
    import onnx

    nodes = [node("MatMul", ["x", "w"], ["h"]), node("MatMul", ["h", "v"], ["y"])]
    model = make_model(nodes, {"x": ("f4", ["n", 8])}, {"y": ("f4", None)}, constants={"w": W, "v": V})
    path = tmp_path / "model" / "m.onnx"
    (path.parent / "weights").mkdir(parents=True)
    onnx.save(model, path, save_as_external_data=True, location="weights/m.data", size_threshold=0)
    return path


def spoil(path, **fields):
    """Change fields of the place of the first weight."""
    import onnx

    model = onnx.load(path, load_external_data=False)
    for entry in model.graph.initializer[0].external_data:
        entry.value = fields.pop(entry.key, entry.value)
    for key, value in fields.items():
        model.graph.initializer[0].external_data.add(key=key, value=value)
    path.write_bytes(model.SerializeToString())


def test_weights_in_another_file_are_read_on_demand(path, monkeypatch):
    x = normal(2, 8)
    with pytest.raises(UnsupportedError, match=r"load\(path, external_data=True\)"):
        nnfs.io.onnx.load(path)
    graph = nnfs.io.onnx.load(path, external_data=True)
    np.testing.assert_allclose(graph.run({"x": x})["y"], x @ W @ V, rtol=1e-5)
    np.testing.assert_allclose(graph.to_network().predict(x), x @ W @ V, rtol=1e-5)
    monkeypatch.chdir(path.parent)
    assert nnfs.io.onnx.load("m.onnx", external_data=True).nbytes == graph.nbytes


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"location": "../m.data"}, "within the model's folder"),
        ({"location": "weights/../../m.data"}, "within the model's folder"),
        ({"location": "/etc/passwd"}, "within the model's folder"),
        ({"location": ""}, "within the model's folder"),
        ({"location": "weights\\m.data"}, "within the model's folder"),
        ({"location": "C:m.data"}, "within the model's folder"),
        ({"location": "weights/m.data\0"}, "within the model's folder"),
        ({"location": "w" * 5000}, "no short text"),
        ({"location": "weights"}, "not a regular file"),
        ({"offset": "-1"}, "wanted a number of bytes"),
        ({"offset": "9" * 30}, "wanted a number of bytes"),
        ({"offset": "1000"}, "which has only 176"),
        ({"length": "127"}, "wanted 128"),
        ({"length": str(2**62)}, "wanted 128"),
    ],
)
def test_places_outside_of_folder_and_file_are_refused(path, fields, message):
    (path.parent.parent / "m.data").write_bytes(bytes(1000))
    spoil(path, **fields)
    with pytest.raises(FormatError, match=message):
        nnfs.io.onnx.load(path, external_data=True)


def test_symbolic_links_are_not_followed(path):
    data = path.parent / "weights" / "m.data"
    outside = path.parent.parent / "outside.data"
    data.rename(outside)
    data.symlink_to(outside)
    with pytest.raises(FormatError, match="symbolic link"):
        nnfs.io.onnx.load(path, external_data=True)
    data.unlink()
    data.parent.rmdir()
    data.parent.symlink_to(outside.parent)
    with pytest.raises(FormatError, match="symbolic link"):
        nnfs.io.onnx.load(path, external_data=True)


def test_bytes_are_not_read_again_and_again(path):
    import onnx

    model = onnx.load(path, load_external_data=False)
    for index in range(3):
        again = model.graph.initializer.add()
        again.CopyFrom(model.graph.initializer[0])
        again.name = f"again {index}"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(FormatError, match="together want more bytes"):
        nnfs.io.onnx.load(path, external_data=True)


def test_a_file_that_is_missing_is_named(path):
    (path.parent / "weights" / "m.data").unlink()
    with pytest.raises(OSError, match=r"m\.data"):
        nnfs.io.onnx.load(path, external_data=True)


def test_bytes_have_no_folder(path):
    with pytest.raises(DTypeError, match="needs the path"):
        nnfs.io.onnx.load(path.read_bytes(), external_data=True)


def test_a_file_with_a_second_name_is_refused(path, tmp_path):
    (tmp_path / "second").hardlink_to(path.parent / "weights" / "m.data")
    with pytest.raises(FormatError, match="has a second name, a hard link; copy it"):
        nnfs.io.onnx.load(path, external_data=True)


def test_numbers_of_an_attribute_are_read_on_demand(tmp_path):
    import onnx

    constant = node("Constant", [], ["w"], value=onnx.numpy_helper.from_array(W))
    model = make_model([constant, node("MatMul", ["x", "w"], ["y"])], {"x": ("f4", ["n", 8])}, {"y": ("f4", None)})
    path = tmp_path / "m.onnx"
    options = {"location": "m.data", "size_threshold": 0, "convert_attribute": True}
    onnx.save(model, path, save_as_external_data=True, **options)
    with pytest.raises(UnsupportedError, match=r"Constant: attribute 'value': .*load\(path, external_data=True\)"):
        nnfs.io.onnx.load(path)
    x = normal(2, 8)
    np.testing.assert_allclose(nnfs.io.onnx.load(path, external_data=True).run({"x": x})["y"], x @ W, rtol=1e-5)
