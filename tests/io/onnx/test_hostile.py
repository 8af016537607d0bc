"""Small graphs that need terabytes are refused before memory is allocated, by an error that names the place."""

from __future__ import annotations

import tracemalloc
from contextlib import suppress

import numpy as np
import pytest
from effort import times
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx_models import make_model

import nnfs.io.onnx
from nnfs import DTypeError, FormatError, ShapeError, UnsupportedError
from nnfs.io.onnx import graph_size
from nnfs.system import memory

TERA = 2**40
X = np.ones((1, 1, 4, 4), np.float32)
EMPTY = np.ones((0, 4), np.float32)
PIXEL = np.ones((1, 1, 1, 1), np.float32)
NEAREST = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}


def node(operator, inputs, outputs, name="the_node", **attributes):
    from onnx import helper

    return helper.make_node(operator, inputs, outputs, name, **attributes)


def integers(*numbers):
    return np.array(numbers, np.int64)


def floats(*numbers):
    return np.array(numbers, np.float32)


def one(operator, *constants, x=X, opset=17, **attributes):
    """Return the model of one node, whose first input is x, and the array x."""
    names = [f"c{index}" for index in range(len(constants))]
    step = node(operator, ["x", *names], ["y"], **attributes)
    values = dict(zip(names, constants, strict=True))
    return make_model([step], {"x": ("f4", x.shape)}, {"y": ("f4", None)}, constants=values, opset=opset), {"x": x}


def filled(operator, *constants):
    """Return the model of one node whose inputs are all constants."""
    names = [f"c{index}" for index in range(len(constants))]
    step = node(operator, names, ["y"])
    return make_model([step], {}, {"y": ("f4", None)}, constants=dict(zip(names, constants, strict=True))), {}


def tensor(dims, operator=None, **attributes):
    """Return the model of a tensor that declares a shape and holds no data, and of a node that reads it."""
    from onnx import TensorProto

    value = TensorProto(name="c", data_type=TensorProto.FLOAT)
    value.dims.extend(dims)
    if operator is None:
        return make_model([node("Constant", [], ["y"], value=value)], {}, {"y": ("f4", None)}), {}
    model = make_model([node(operator, ["c"], ["y"], **attributes)], {}, {"y": ("f4", None)})
    model.graph.initializer.append(value)
    return model, {}


def refused(model, feeds, error=(ShapeError, FormatError, UnsupportedError)):
    """Return the message with which a model is refused, and check that little memory was used."""
    data = model.SerializeToString()
    nnfs.io.onnx.load(one("Relu")[0])  # so that modules imported on use are not counted
    tracemalloc.start()
    try:
        with pytest.raises(error) as caught:
            nnfs.io.onnx.load(data).run(feeds)
        assert tracemalloc.get_traced_memory()[1] < 2**22 + 4 * len(data)
    finally:
        tracemalloc.stop()
    return caught.value


SIZES = {
    "Constant of 2**40": lambda: tensor([TERA]),
    "Constant of 2**62 twice": lambda: tensor([2**62, 2**62]),
    "Constant of 0 and 2**62 twice": lambda: tensor([0, 2**62, 2**62]),
    "Constant of -1": lambda: tensor([-1]),
    "Constant of -2**63": lambda: tensor([-(2**63)]),
    "Constant of a hundred axes": lambda: tensor([1] * 100),
    "ConstantOfShape": lambda: filled("ConstantOfShape", integers(TERA)),
    "Range": lambda: filled("Range", np.int64(0), np.int64(TERA), np.int64(1)),
    "Slice by 2**62": lambda: one("Slice", integers(2**62), integers(-(2**63)), integers(2**62)),
    "Split into 2**62": lambda: one("Split", integers(2**62)),
    "Squeeze of axis 2**62": lambda: one("Squeeze", integers(2**62)),
    "Unsqueeze of a hundred axes": lambda: one("Unsqueeze", np.arange(100)),
    "Gather of place 2**62": lambda: one("Gather", integers(2**62)),
    "Expand": lambda: one("Expand", integers(2**20, 2**20, 4, 4)),
    "Tile": lambda: one("Tile", integers(2**20, 2**20, 1, 1)),
    **{
        f"Pad {mode} by {size}": lambda mode=mode, size=size: one("Pad", integers(0, 0, 0, 0, 0, 0, 0, size), mode=mode)
        for mode in ("constant", "reflect", "edge", "wrap")
        for size in (TERA, 2**63 - 1, -(2**63))
    },
    "Pad by an attribute": lambda: one("Pad", opset=2, pads=[0, 0, 0, 0, 0, 0, 0, TERA]),
    "Resize by scales": lambda: one("Resize", floats(), floats(1, 1, 2**20, 2**20), **NEAREST),
    "Resize by infinity": lambda: one("Resize", floats(), floats(1, 1, np.inf, np.nan), **NEAREST),
    "Resize to sizes": lambda: one("Resize", floats(), floats(), integers(1, 1, 2**62, 2**62), **NEAREST),
    "Resize of opset 10": lambda: one("Resize", floats(1, 1, 2**20, 2**20), mode="nearest", opset=10),
    "Reshape to what wraps around": lambda: one("Reshape", integers(2**32, 2**32, 16)),
    "Reshape to -1 and 2**40": lambda: one("Reshape", integers(TERA, -1)),
    "Reshape of nothing to 2**62": lambda: one("Reshape", integers(0, 2**62), x=EMPTY, allowzero=1),
    "Reshape to a thousand axes": lambda: one("Reshape", np.ones(1000, np.int64)),
    "ConvTranspose, output_shape": lambda: one("ConvTranspose", PIXEL, output_shape=[2**30, 2**30]),
    "ConvTranspose, output_padding": lambda: one("ConvTranspose", PIXEL, output_padding=[TERA, 0]),
    "ConvTranspose, strides": lambda: one("ConvTranspose", PIXEL, strides=[2**31 - 1, 2**31 - 1]),
    "Conv, group": lambda: one("Conv", PIXEL, group=2**62),
    "Dropout with a text": lambda: one("Dropout", opset=10, ratio=0.5, colour="x" * 10**6),
    "Gelu": lambda: one("Gelu", opset=20, approximate="x" * 10**6),
    **{
        f"{operator} over axis {axis}": lambda operator=operator, axis=axis: one(operator, axis=axis)
        for operator in ("Concat", "Flatten", "Softmax")
        for axis in (2**62, -(2**63))
    },
}
for operator, constants in {"Conv": [PIXEL], "ConvTranspose": [PIXEL], "MaxPool": [], "AveragePool": []}.items():
    window = {} if constants else {"kernel_shape": [1, 1]}
    spoiled = {f"pads={size}": {"pads": [size] * 4} for size in (-1, 2**28, 2**31 - 1, TERA, 2**63 - 1)}
    spoiled |= {f"strides={size}": {"strides": [size, 1]} for size in (0, -1, 2**62)}
    spoiled |= {"dilations": {"dilations": [2**62, 1]}, "many pads": {"pads": [0] * 10**5}}
    spoiled |= {"kernel_shape": {"kernel_shape": [TERA, TERA]}, "auto_pad": {"auto_pad": "S" * 10**6}}
    spoiled |= {"SAME": {"kernel_shape": [2**30, 2**30], "auto_pad": "SAME_UPPER"}}
    for what, attributes in spoiled.items():
        SIZES[f"{operator}, {what}"] = lambda operator=operator, constants=constants, attributes=window | attributes: (
            one(operator, *constants, opset=19, **attributes)
        )


@pytest.mark.parametrize("case", SIZES)
def test_a_node_that_makes_a_huge_array_is_refused(case, backend):
    error = refused(*SIZES[case]())
    operator = case.split(",")[0].split()[0]
    assert f"node 0 'the_node', {operator}: " in str(error)
    assert len(str(error)) < 1500
    if not isinstance(error, ShapeError):
        assert (error.operator, error.node) == (operator, "the_node")


@pytest.mark.parametrize("operator", ["Softmax", "LogSoftmax"])
@pytest.mark.parametrize(("dims", "axis"), [([TERA, 0], -1), ([0, TERA], 0), ([2**60, 0], 1)])
def test_sums_of_empty_arrays_take_no_memory(operator, dims, axis, backend):
    model, feeds = tensor(dims, operator, axis=axis)
    assert nnfs.io.onnx.load(model).run(feeds)["y"].shape == tuple(dims)


def test_two_small_arrays_that_make_a_large_one_are_refused(backend):
    nodes = [
        node("Reshape", ["x", "rows"], ["a"]),
        node("Reshape", ["x", "columns"], ["b"]),
        node("Add", ["a", "b"], ["y"], "sum"),
    ]
    constants = {"rows": integers(-1, 1), "columns": integers(1, -1)}
    model = make_model(nodes, {"x": ("f4", [2**18])}, {"y": ("f4", None)}, constants=constants)
    assert "node 2 'sum', Add: " in str(refused(model, {"x": np.ones(2**18, np.float32)}))
    model = make_model([node("MatMul", ["a", "b"], ["y"])], {"a": ("f4", None), "b": ("f4", None)}, {"y": ("f4", None)})
    thin = np.ones((2**20, 0), np.float32)
    assert "'the_node', MatMul: " in str(refused(model, {"a": thin, "b": thin.T.copy()}))


def test_many_arrays_that_are_large_together_are_refused(monkeypatch, backend):
    monkeypatch.setattr(memory, "SMALL", 2**20)
    nodes = [node("Pad", ["x", "pads"], [f"y{index}"], f"pad {index}") for index in range(100)]
    constants = {"pads": integers(0, 2**16 - 1)}
    outputs = {f"y{index}": ("f4", None) for index in range(100)}
    model = make_model(nodes, {"x": ("f4", [1])}, outputs, constants=constants)
    error = refused(model, {"x": np.ones(1, np.float32)}, FormatError)
    assert "node 4 'pad 4', Pad: all arrays that are still needed would take 1,310,720 bytes" in str(error)
    # Freed one after the other, the arrays fit.
    nodes = [node("Tanh", [f"v{index}"], [f"v{index + 1}"]) for index in range(100)]
    graph = nnfs.io.onnx.load(make_model(nodes, {"v0": ("f4", None)}, {"v100": ("f4", None)}))
    assert graph.run({"v0": np.ones(2**16, np.float32)})["v100"].shape == (2**16,)


def many(field):
    model, feeds = one("Relu")
    for index in range(graph_size.MOST_ENTRIES + 1):
        entry = getattr(model.graph, field).add()
        entry.name = f"n{index}"
    return model, feeds


@pytest.mark.parametrize("field", ["node", "initializer", "input", "output"])
def test_too_many_entries_of_a_graph_are_refused(field):
    assert str(refused(*many(field), UnsupportedError)).startswith(f"graph: {field}: got 65,53")


def test_too_many_inputs_of_a_node_are_refused():
    model = make_model([node("Concat", ["x"] * 10**5, ["y"], axis=0)], {"x": ("f4", [1])}, {"y": ("f4", None)})
    error = refused(model, {"x": np.ones(1, np.float32)}, UnsupportedError)
    assert str(error) == "node 0 'the_node', Concat: input: got 100,000, wanted at most 65,536"


@pytest.mark.parametrize(
    "value", [{"value_ints": [1] * 10**5}, {"value_floats": [1.0] * 10**5}, {"value_string": "x" * 10**6}]
)
def test_too_long_attributes_are_refused(value):
    model = make_model([node("Constant", [], ["y"], **value)], {}, {"y": ("f4", None)})
    (name,) = value
    assert f"node 0 'the_node', Constant: attribute '{name}': " in str(refused(model, {}, UnsupportedError))


def test_a_constant_that_is_a_text_is_refused():
    model = make_model([node("Constant", [], ["y"], value_string="red")], {}, {"y": ("f4", None)})
    with pytest.raises(UnsupportedError, match="'the_node', Constant: attribute value_string: got a text"):
        nnfs.io.onnx.load(model).run({})


@pytest.mark.parametrize("place", ["name", "op_type", "input", "attribute"])
def test_names_of_megabytes_make_no_message_of_megabytes(place):
    model, feeds = one("Relu")
    step, long = model.graph.node[0], "n" * 10**7
    if place == "input":
        step.input[0] = long
    elif place == "attribute":
        step.attribute.add(name=long, type=2)
    else:
        setattr(step, place, long)
        step.domain = "other"
    assert len(str(refused(model, feeds))) < 1000


def test_deeply_nested_residual_connections_are_refused(backend):
    deep = 2000
    nodes = [node("Relu", [f"h{index}"], [f"h{index + 1}"], "") for index in range(deep)]
    nodes += [node("Add", [f"h{index}", f"z{index + 1}"], [f"z{index}"], f"add {index}") for index in range(deep)][::-1]
    nodes[deep].input[1] = f"h{deep}"
    graph = nnfs.io.onnx.load(make_model(nodes, {"h0": ("f4", ["n", 3])}, {"z0": ("f4", None)}))
    assert graph.run({"h0": np.ones((1, 3), np.float32)})["z0"].tolist() == [[deep + 1.0] * 3]
    with pytest.raises(UnsupportedError, match="layers stand 7 deep within each other"):
        graph.to_network()


@pytest.fixture(scope="module")
def files():
    """Return small files of several operators."""
    constants = {"w": np.ones((2, 1, 3, 3), np.float32), "p": integers(0, 0, 1, 1, 0, 0, 1, 1), "s": integers(0, -1)}
    convolution = [
        node("Pad", ["x", "p"], ["a"]),
        node("Conv", ["a", "w"], ["b"], pads=[1, 0, 0, 1], strides=[2, 2]),
        node("MaxPool", ["b"], ["c"], kernel_shape=[2, 2]),
        node("Reshape", ["c", "s"], ["d"]),
        node("Softmax", ["d"], ["y"]),
    ]
    models = [make_model(convolution, {"x": ("f4", [1, 1, 4, 4])}, {"y": ("f4", None)}, constants=constants)]
    models.append(one("Resize", floats(), floats(1, 1, 2, 2), **NEAREST)[0])
    models.append(one("ConvTranspose", PIXEL, output_padding=[1, 1], strides=[2, 2])[0])
    return [model.SerializeToString() for model in models]


damages = st.tuples(st.sampled_from(["set", "insert", "cut", "repeat"]), st.integers(0, 2**16), st.binary(max_size=11))


@settings(max_examples=times(200), deadline=None)
@given(which=st.integers(0, 2), damages=st.lists(damages, min_size=1, max_size=3))
def test_only_our_errors_escape_from_damaged_bytes(files, which, damages):
    data = files[which]
    for kind, place, new in damages:
        at = place % (len(data) + 1)
        after = {"set": at + len(new), "insert": at, "cut": at + len(new), "repeat": at // 2}[kind]
        data = data[:at] + (b"" if kind == "cut" else new) + data[after:]
    tracemalloc.start()
    try:
        with suppress(FormatError, UnsupportedError, ShapeError, DTypeError):
            graph = nnfs.io.onnx.load(data)
            assert tracemalloc.get_traced_memory()[1] < 4 * len(data) + 2**25
            if [value.name for value in graph.inputs] == ["x"]:
                graph.run({"x": X})
    finally:
        tracemalloc.stop()
