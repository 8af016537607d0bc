"""Running a graph: its inputs, its outputs, and that it modifies nothing."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from onnx_models import make_model, node

import nnfs.io.onnx
from nnfs import DTypeError, FormatError, ShapeError


def helper():
    from onnx import helper

    return helper


@pytest.fixture
def graph():
    """Return the graph y = x + b, in which b has a default, and z = x + x."""
    nodes = [helper().make_node("Add", ["x", "b"], ["y"]), helper().make_node("Add", ["x", "x"], ["z"])]
    inputs = {"x": ("f4", ["n", 2]), "b": ("f4", [2])}
    outputs = {"z": ("f4", ["n", 2]), "y": ("f4", ["n", 2])}
    return nnfs.io.onnx.load(make_model(nodes, inputs, outputs, constants={"b": np.array([1, 2], np.float32)}))


X = np.array([[1, 1], [5, 5]], np.float32)


def test_the_repr_shows_inputs_outputs_and_opset(graph):
    assert repr(graph) == "Graph(x -> z, y, 2 nodes, opset 17)"
    assert [(value.name, value.dtype, value.shape) for value in graph.inputs] == [("x", np.float32, ("n", 2))]


def test_outputs_are_in_the_order_of_the_file(graph):
    results = graph.run({"x": X})
    assert list(results) == ["z", "y"]
    assert results["y"].tolist() == [[2, 3], [6, 7]]


def test_a_default_can_be_given(graph):
    assert graph.run({"x": X, "b": np.zeros(2, np.float32)})["y"].tolist() == X.tolist()
    assert graph.run({"x": X})["y"].tolist() == [[2, 3], [6, 7]]


def test_inputs_are_converted_if_no_value_changes(graph):
    assert graph.run({"x": X.astype(np.uint8)})["z"].dtype == np.float32
    assert graph.run({"x": X.astype(np.float16)[::-1]})["z"].tolist() == [[10, 10], [2, 2]]
    assert graph.run({"x": X.astype(">f4")})["z"].tolist() == [[2, 2], [10, 10]]


@pytest.mark.parametrize("dtype", [np.float64, np.int64, np.complex64, "U3", object])
def test_inputs_whose_values_would_change_are_refused(graph, dtype):
    with pytest.raises(DTypeError, match="input 'x' must be float32"):
        graph.run({"x": X.astype(dtype)})


@pytest.mark.parametrize("shape", [(2,), (2, 3), (2, 2, 1), ()])
def test_inputs_of_another_shape_are_refused(graph, shape):
    with pytest.raises(ShapeError, match=r"input 'x' must have shape \(n=?\d*, 2\), got"):
        graph.run({"x": np.ones(shape, np.float32)})


def test_missing_and_unknown_inputs_are_named(graph):
    with pytest.raises(ValueError, match="the inputs are x; missing x"):
        graph.run({})
    with pytest.raises(ValueError, match="the inputs are x; missing x; unknown X, 3"):
        graph.run({"X": X, 3: X})
    with pytest.raises(DTypeError, match="must be a dict"):
        graph.run(X)


def test_a_named_size_is_one_number():
    nodes = [helper().make_node("Concat", ["a", "b"], ["y"], axis=0)]
    inputs = {"a": ("f4", ["n", "m"]), "b": ("f4", ["k", "m"])}
    graph = nnfs.io.onnx.load(make_model(nodes, inputs, {"y": ("f4", ["l", "m"])}))
    assert graph.run({"a": np.ones((1, 3), np.float32), "b": np.ones((2, 3), np.float32)})["y"].shape == (3, 3)
    with pytest.raises(ShapeError, match=r"input 'b' must have shape \(k=2, m=3\), got \(2, 4\)"):
        graph.run({"a": np.ones((1, 3), np.float32), "b": np.ones((2, 4), np.float32)})


def test_outputs_of_another_shape_or_dtype_than_declared_are_refused():
    nodes = [helper().make_node("Relu", ["x"], ["y"])]
    for declared, message in ((("f8", ["n", 2]), "elem_type"), (("f4", ["n", 3]), "shape"), (("f4", [2]), "shape")):
        graph = nnfs.io.onnx.load(make_model(nodes, {"x": ("f4", ["n", 2])}, {"y": declared}))
        with pytest.raises(FormatError, match=f"graph: output 'y': {message}"):
            graph.run({"x": X})


def test_inputs_and_constants_are_not_modified(graph):
    x = X.copy()
    x.flags.writeable = False
    constants = {name: array.copy() for name, array in graph.constants.items()}
    first = graph.run({"x": x})
    assert all((graph.constants[name] == array).all() for name, array in constants.items())
    assert all((graph.run({"x": x})[name] == array).all() for name, array in first.items())


def test_several_threads_may_run_one_graph(graph):
    results = {}

    def work(index):
        x = np.full((3, 2), index, np.float32)
        results[index] = all((graph.run({"x": x})["z"] == 2 * index).all() for _ in range(50))

    threads = [threading.Thread(target=work, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == dict.fromkeys(range(8), True)


def test_values_are_freed_after_their_last_use(monkeypatch):
    import weakref

    from nnfs.io.onnx import graph as module

    nodes = [helper().make_node("Tanh", [f"v{i}"], [f"v{i + 1}"]) for i in range(6)]
    graph = nnfs.io.onnx.load(make_model(nodes, {"v0": ("f4", [4])}, {"v6": ("f4", [4])}))
    alive, most, original = [], 0, module.run_node

    def run_node(node, arrays):
        nonlocal most
        results = original(node, arrays)
        alive.extend(map(weakref.ref, results))
        most = max(most, sum(reference() is not None for reference in alive))
        return results

    monkeypatch.setattr(module, "run_node", run_node)
    graph.run({"v0": np.ones(4, np.float32)})
    assert most == 2


def test_the_batch_that_an_exporter_wrote_for_an_output_is_not_looked_at():
    inputs, outputs = {"x": (np.dtype("f4"), ["N", 4])}, {"y": (np.dtype("f4"), [2, 4])}
    graph = nnfs.io.onnx.load(make_model([node("Relu", ["x"], ["y"])], inputs, outputs))
    assert graph.run({"x": np.ones((3, 4), np.float32)})["y"].shape == (3, 4)
