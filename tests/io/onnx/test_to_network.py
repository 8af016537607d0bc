"""Graphs of other programs become networks with equal outputs, which can be trained."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from onnx_models import check, load, make_model, node, normal, refused

import nnfs.io.onnx
from nnfs import UnsupportedError


@pytest.mark.parametrize("transposed", [0, 1])
@pytest.mark.parametrize("c", [None, (), (1,), (3,), (1, 3), (1, 1)])
def test_gemm_becomes_a_dense_layer(transposed, c):
    constants = {"w": normal(3, 4) if transposed else normal(4, 3)} | ({} if c is None else {"c": normal(*c)})
    nodes = [node("Gemm", ["x", *constants], ["y"], transB=transposed, alpha=0.5, beta=2.0)]
    check(load(nodes, (4,), constants), (4,), f"Dense(3{', use_bias=False' if c is None else ''})")


def test_matmul_and_add_become_a_dense_layer_in_both_orders():
    nodes = [
        node("MatMul", ["x", "w"], ["a"]),
        node("Add", ["a", "b"], ["h"]),
        node("Relu", ["h"], ["r"]),
        node("MatMul", ["r", "v"], ["c"]),
        node("Add", ["d", "c"], ["y"]),
    ]
    constants = {"w": normal(4, 5), "b": normal(5), "v": normal(5, 2), "d": normal(1, 2)}
    check(load(nodes, (4,), constants), (4,), "Dense(5), ReLU(), Dense(2)")


def test_weights_may_be_computed_from_constants():
    nodes = [
        node("Constant", [], ["w"], value_floats=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
        node("Constant", [], ["s"], value_ints=[2, 3]),
        node("Reshape", ["w", "s"], ["w2"]),
        node("Transpose", ["w2"], ["w3"]),
        node("Identity", ["w3"], ["w4"]),
        node("MatMul", ["x", "w4"], ["y"]),
    ]
    network = check(load(nodes, (3,)), (3,), "Dense(2, use_bias=False)")
    assert network.layers[0].weight.value.shape == (2, 3)


@pytest.mark.parametrize("opset", [7, 9, 11, 13, 17])
def test_a_small_convolutional_network_is_converted(opset):
    """The graph has the form that PyTorch exports: Conv, Relu, MaxPool, a Reshape for view(N, -1), Gemm."""
    nodes = [
        node("Conv", ["x", "w", "b"], ["c"], kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[1, 1], group=1),
        node("Relu", ["c"], ["r"]),
        node("MaxPool", ["r"], ["m"], kernel_shape=[2, 2], strides=[2, 2]),
        node("Reshape", ["m", "s"], ["f"]),
        node("Gemm", ["f", "v", "d"], ["g"], transB=1),
        node("Softmax", ["g"], ["y"], axis=1),
    ]
    constants = {"w": normal(4, 1, 3, 3), "b": normal(4), "s": np.array([0, -1]), "v": normal(3, 64), "d": normal(3)}
    layers = "Conv2D(4, 3, padding=1), ReLU(), MaxPool2D(2), Flatten(), Dense(3), Softmax()"
    check(load(nodes, (1, 8, 8), constants, opset=opset), (1, 8, 8), layers)


@pytest.mark.parametrize(
    ("attributes", "layer"),
    [
        ({"strides": [2, 1]}, "Conv2D(4, (2, 3), stride=(2, 1))"),
        ({"auto_pad": "SAME_UPPER"}, "Conv2D(4, (2, 3), padding=(0, 1, 1, 1))"),
        ({"auto_pad": "SAME_LOWER"}, "Conv2D(4, (2, 3), padding=(1, 0, 1, 1))"),
        ({"auto_pad": "VALID"}, "Conv2D(4, (2, 3))"),
        ({"pads": [1, 2, 1, 2], "dilations": [2, 1]}, "Conv2D(4, (2, 3), padding=(1, 2), dilation=(2, 1))"),
        ({"pads": [0, 2, 1, 0]}, "Conv2D(4, (2, 3), padding=(0, 1, 2, 0))"),
    ],
)
def test_windows_of_convolutions_are_converted(attributes, layer):
    constants = {"w": normal(4, 2, 2, 3), "b": normal(4)}
    nodes = [node("Conv", ["x", "w", "b"], ["y"], **attributes)]
    check(load(nodes, (2, 6, 5), constants, rank=4), (2, 6, 5), layer)


def test_groups_and_an_added_bias_are_converted():
    nodes = [node("Conv", ["x", "w"], ["c"], group=2), node("Add", ["c", "b"], ["y"])]
    constants = {"w": normal(4, 1, 2, 2), "b": normal(1, 4, 1, 1)}
    check(load(nodes, (2, 5, 5), constants, rank=4), (2, 5, 5), "Conv2D(4, 2, groups=2)")


@pytest.mark.parametrize(
    ("attributes", "layer"),
    [
        ({"kernel_shape": [2, 2], "strides": [2, 2]}, "MaxPool2D(2)"),
        ({"kernel_shape": [2, 3]}, "MaxPool2D((2, 3), stride=1)"),
        ({"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1}, "MaxPool2D(2, padding=(0, 1, 0, 0))"),
        ({"kernel_shape": [3, 3], "strides": [3, 3], "pads": [1, 1, 1, 1]}, "MaxPool2D(3, padding=1)"),
    ],
)
def test_windows_of_pools_are_converted(attributes, layer):
    check(load([node("MaxPool", ["x"], ["y"], **attributes)], (2, 7, 6), rank=4), (2, 7, 6), layer)


def test_a_pool_over_the_whole_image_is_converted():
    for operator, layer in (("GlobalMaxPool", "GlobalMaxPool2D()"), ("GlobalAveragePool", "GlobalAvgPool2D()")):
        graph = load([node(operator, ["x"], ["y"])], (2, 7, 6), rank=4)
        check(graph, (2, 7, 6), f"{layer}, Reshape((2, 1, 1))")
        for flat in (node("Flatten", ["h"], ["y"]), node("Reshape", ["h", "s"], ["y"])):
            graph = load([node(operator, ["x"], ["h"]), flat], (2, 7, 6), {"s": np.array([0, -1])})
            check(graph, (2, 7, 6), layer)


def test_a_flatten_after_a_dense_layer_is_kept():
    nodes = [node("GlobalAveragePool", ["x"], ["h1"]), node("Flatten", ["h1"], ["h2"])]
    nodes += [node("Gemm", ["h2", "w"], ["h3"], transB=1), node("Flatten", ["h3"], ["y"])]
    layers = "GlobalAvgPool2D(), Dense(3, use_bias=False), Flatten()"
    check(load(nodes, (2, 7, 6), {"w": normal(3, 2)}), (2, 7, 6), layers)


@pytest.mark.parametrize("opset", [2, 11, 13, 18])
def test_padding_is_converted(opset):
    pads = [0, 0, 1, 2, 0, 0, 3, 0]
    nodes = [node("Pad", ["x"], ["p"], pads=pads) if opset == 2 else node("Pad", ["x", "p"], ["q"])]
    nodes.append(node("Conv", ["p" if opset == 2 else "q", "w"], ["y"]))
    constants = {"w": normal(4, 2, 2, 2)} | ({} if opset == 2 else {"p": np.array(pads)})
    layers = "Padding2D((1, 3, 2, 0)), Conv2D(4, 2, use_bias=False)"
    check(load(nodes, (2, 5, 4), constants, rank=4, opset=opset), (2, 5, 4), layers)


@pytest.mark.parametrize("opset", [6, 11, 17])
def test_activations_are_converted(opset):
    clip = node("Clip", ["h4"], ["h5"], min=0.0) if opset == 6 else node("Clip", ["h4", "zero"], ["h5"])
    nodes = [
        node("LeakyRelu", ["x"], ["h1"], alpha=0.1),
        node("Sigmoid", ["h1"], ["h2"]),
        node("Tanh", ["h2"], ["h3"]),
        node("Identity", ["h3"], ["h4"]),
        clip,
        node("Flatten", ["h5"], ["y"]),
    ]
    constants = {} if opset == 6 else {"zero": np.float32(0)}
    layers = "LeakyReLU(0.1), Sigmoid(), Tanh(), ReLU(), Flatten()"
    check(load(nodes, (2, 3), constants, opset=opset), (2, 3), layers)


@pytest.mark.parametrize("opset", [7, 10, 12, 17])
def test_dropout_is_converted(opset):
    ratio = {"ratio": 0.3} if opset < 12 else {}
    inputs = ["x"] if opset < 12 else ["x", "ratio"]
    constants = {} if opset < 12 else {"ratio": np.float32(0.3)}
    graph = load([node("Dropout", inputs, ["y"], **ratio)], (4,), constants, opset=opset)
    check(graph, (4,), "Dropout(0.3)")


@pytest.mark.parametrize(
    ("batch", "wanted", "layers"),
    [
        ("n", [-1, 12], "Tanh(), Flatten()"),
        ("n", [0, 12], "Tanh(), Flatten()"),
        (1, [1, 12], "Tanh(), Flatten()"),
        (1, [1, -1], "Tanh(), Flatten()"),
        ("n", [0, 0, 4], "Tanh()"),
    ],
)
def test_reshape_is_converted_if_it_keeps_the_samples_apart(batch, wanted, layers):
    nodes = [node("Tanh", ["x"], ["h"]), node("Reshape", ["h", "s"], ["y"])]
    graph = load(nodes, (3, 4), {"s": np.array(wanted)}, batch=batch, rank=3 if len(wanted) == 3 else 2)
    check(graph, (3, 4), layers, rows=1)


def test_a_network_of_float64_is_converted():
    graph = load([node("MatMul", ["x", "w"], ["y"])], (3,), {"w": normal(3, 2).astype("f8")}, dtype="f8")
    assert graph.to_network().dtype == np.float64


def test_the_seed_is_that_of_training():
    graph = load([node("MatMul", ["x", "w"], ["y"])], (3,), {"w": normal(3, 2)})
    assert graph.to_network(seed=5).seed == 5


W = {"w": normal(4, 3)}


@pytest.mark.parametrize(
    ("nodes", "shape", "constants", "message"),
    [
        ([node("Abs", ["x"], ["y"])], (4,), {}, "'the_Abs', Abs: no layer"),
        ([node("LogSoftmax", ["x"], ["y"], axis=0)], (4,), {}, "attribute axis: got 0, wanted 1: LogSoftmax is over"),
        (
            [node("InstanceNormalization", ["x", "w", "w"], ["y"])],
            (4,),
            {"w": normal(3)},
            "attribute num_groups: got 4 for samples of shape",
        ),
        ([node("Add", ["x", "x"], ["y"])], (4,), {}, "'the_Add', Add: wanted the outputs of two different"),
        ([node("Add", ["x", "b"], ["y"])], (2, 4), {"b": normal(4)}, "wanted one number a channel"),
        ([node("Gemm", ["w", "x"], ["y"])], (4,), {"w": normal(2, 3)}, "'the_Gemm', Gemm: no layer of nnfs does this"),
        ([node("Gemm", ["x", "w"], ["y"], transA=1)], (3,), W, "attribute transA: got 1"),
        ([node("MatMul", ["x", "w"], ["y"])], (2, 2, 4), W, "wanted rows alone"),
        ([node("MatMul", ["x", "w"], ["y"])], (4,), {"w": normal(4)}, "wanted a constant matrix"),
        ([node("Softmax", ["x"], ["y"], axis=0)], (4,), {}, "attribute axis"),
        ([node("Softmax", ["x"], ["y"], axis=1)], (2, 4), {}, "no layer of nnfs does this: Softmax needs one axis"),
        ([node("Flatten", ["x"], ["y"], axis=0)], (4,), {}, "attribute axis"),
        ([node("Flatten", ["x"], ["y"], axis=7)], (4,), {}, "attribute axis: got 7"),
        ([node("Reshape", ["x", "s"], ["y"])], (4,), {"s": np.array([-1])}, "keeps the samples apart"),
        ([node("Reshape", ["x", "s"], ["y"])], (4,), {"s": np.array([2, -1])}, "keeps the samples apart"),
        ([node("Clip", ["x", "l"], ["y"])], (4,), {"l": np.zeros(0, np.float32)}, "input min: got shape (0,)"),
        ([node("Clip", ["x", "l"], ["y"])], (4,), {"l": np.zeros(2, np.float32)}, "input min: got shape (2,)"),
        ([node("Dropout", ["x", "r"], ["y"])], (4,), {"r": np.zeros(0, np.float32)}, "input ratio: got shape (0,)"),
        ([node("LeakyRelu", ["x"], ["y"], alpha=-1.0)], (4,), {}, "no layer of nnfs does this: LeakyReLU"),
        ([node("Dropout", ["x", "r"], ["y"])], (4,), {"r": np.float32(1)}, "no layer of nnfs does this: Dropout"),
        ([node("Dropout", ["x"], ["h", "m"]), node("Identity", ["m"], ["y"])], (4,), {}, "input 'm': no layer"),
        ([node("Identity", ["w"], ["y"])], (4,), W, "output 'y': no layer of nnfs gives it"),
        ([node("Identity", ["x"], ["y"])], (4,), {}, "nothing that a layer does"),
        ([node("MaxPool", ["x"], ["y"], kernel_shape=[1, 1])], (4,), {}, "wanted images"),
        (
            [node("MaxPool", ["x"], ["y"], kernel_shape=[2, 2], dilations=[2, 2])],
            (1, 4, 4),
            {},
            "attribute dilations: MaxPool2D has none",
        ),
        (
            [node("MaxPool", ["x"], ["y"], kernel_shape=[3, 3], ceil_mode=1, strides=[3, 3])],
            (1, 4, 4),
            {},
            "attribute ceil_mode: the last window reaches over the border",
        ),
        ([node("Conv", ["x", "w"], ["y"])], (3, 4, 4), {"w": normal(2, 2, 1, 1)}, "for 3 channels"),
        ([node("Conv", ["x", "w"], ["y"])], (3, 4, 4), {"w": normal(2, 3)}, "wanted a constant, the weights"),
        ([node("Pad", ["x", "p"], ["y"])], (4,), {"p": np.array([0, 1, 0, 1])}, "wanted images"),
        ([node("Pad", ["x", "p"], ["y"], mode="edge")], (1, 4, 4), {"p": np.zeros(8, int)}, "attribute mode"),
        ([node("Pad", ["x", "p"], ["y"])], (1, 4, 4), {"p": np.array([0, 1, 0, 0, 0, 0, 0, 0])}, "around each image"),
        ([node("MatMul", ["x", "w"], ["y"])], (4,), {"w": normal(4, 3).astype("f8")}, "a network has one type"),
    ],
)
def test_nodes_that_no_layer_computes_are_refused(nodes, shape, constants, message):
    refused(nodes, shape, constants, message)


def test_graphs_with_other_inputs_or_outputs_are_refused():
    nodes = [node("Tanh", ["x"], ["y"])]
    refused(nodes, ("h",), message="wanted a batch axis and then known sizes")
    refused(nodes, (), message="wanted a batch axis", rank=1)
    refused(nodes, (4,), message="wanted float32 or float64", dtype="f2")
    inputs = {"x": ("f4", ["n", 2]), "z": ("f4", ["n", 2])}
    graph = nnfs.io.onnx.load(make_model([node("Add", ["x", "z"], ["y"])], inputs, {"y": ("f4", None)}))
    with pytest.raises(UnsupportedError, match="the graph has 2 and 1"):
        graph.to_network()


def test_a_weight_that_is_an_input_is_refused():
    inputs = {"x": ("f4", ["n", 2]), "w": ("f4", [2, 3])}
    model = make_model([node("MatMul", ["x", "w"], ["y"])], inputs, {"y": ("f4", None)}, constants={"w": normal(2, 3)})
    assert repr(nnfs.io.onnx.load(model).to_network().layers) == "[Dense(3, use_bias=False)]"


def test_a_batch_normalization_after_a_convolution_is_converted():
    names = ("w", "scale", "bias", "mean", "variance")
    shapes = ((4, 2, 3, 3), *((4,),) * 4)
    constants = {name: np.abs(normal(*shape)) + 0.1 for name, shape in zip(names, shapes, strict=True)}
    nodes = [
        node("Conv", ["x", "w"], ["c"]),
        node("BatchNormalization", ["c", "scale", "bias", "mean", "variance"], ["y"], epsilon=1e-3, momentum=0.8),
    ]
    for opset in (9, 14, 17):
        graph = load(nodes, (2, 5, 5), constants, rank=4, opset=opset)
        network = graph.to_network()
        assert repr(network.layers) == "[Conv2D(4, 3, use_bias=False), BatchNorm(momentum=0.2, epsilon=0.001)]"
        x = normal(3, 2, 5, 5)
        np.testing.assert_allclose(network.predict(x), graph.run({"x": x})["y"], rtol=1e-5, atol=1e-5)


def test_too_many_nodes_are_refused():
    names = ["x", *(f"h{index}" for index in range(10_001)), "y"]
    nodes = [node("Identity", [name], [after]) for name, after in itertools.pairwise(names)]
    refused(nodes, (4,), message="got 10002 nodes")


def test_a_layer_normalization_over_several_axes_is_converted():
    for axis, axes in ((1, ""), (2, "1")):
        constants = {"w": normal(*(3, 4)[axis - 1 :])}
        nodes = [node("LayerNormalization", ["x", "w"], ["y"], axis=axis)]
        check(load(nodes, (3, 4), constants, rank=3), (3, 4), f"LayerNorm({axes})")
    refused(
        [node("LayerNormalization", ["x", "w"], ["y"], axis=0)], (4,), {"w": normal(1, 4)}, "keeps the samples apart"
    )


@pytest.mark.parametrize("opset", [10, 11, 13, 19])
def test_resize_becomes_an_upsampling_layer(opset):
    scales = np.array([1, 1, 2, 3], np.float32)
    inputs = ["x", "s"] if opset == 10 else ["x", "r", "s"]
    constants = {"s": scales} | ({} if opset == 10 else {"r": np.array([], np.float32)})
    graph = load([node("Resize", inputs, ["y"])], (2, 3, 2), constants, rank=4, opset=opset)
    check(graph, (2, 3, 2), "Upsample2D((2, 3))")


def test_transposed_convolutions_without_a_layer_are_refused():
    w = {"w": normal(2, 3, 3, 3)}
    refused([node("ConvTranspose", ["x", "w"], ["y"], auto_pad="SAME_UPPER")], (2, 4, 4), w, "auto_pad")
    refused([node("ConvTranspose", ["x", "w"], ["y"], output_shape=[4, 4])], (2, 4, 4), w, "output_shape")
    refused([node("ConvTranspose", ["x", "w"], ["y"])], (3, 4, 4), w, "for 3 channels")


def test_averages_that_count_pixels_of_ceil_mode_are_refused():
    attributes = {"kernel_shape": [3, 3], "strides": [3, 3], "ceil_mode": 1}
    nodes = [node("AveragePool", ["x"], ["y"], **attributes)]
    check(load(nodes, (1, 8, 8), rank=4), (1, 8, 8), "AvgPool2D(3, padding=(0, 1, 0, 1), count_include_pad=False)")
    nodes = [node("AveragePool", ["x"], ["y"], count_include_pad=1, **attributes)]
    refused(nodes, (1, 8, 8), message="counts all that a window reaches over", rank=4)


@pytest.mark.parametrize("shape", [(3,), (3, 2, 2)])
def test_a_subtracted_mean_and_a_division_by_a_scale_are_converted(shape):
    constants = {"m": normal(3, *(1,) * (len(shape) - 1)), "s": np.array(3, "f")}
    sub, div, relu = node("Sub", ["x", "m"], ["a"]), node("Div", ["a", "s"], ["y"]), node("Relu", ["a"], ["c"])
    # The output of Sub is used twice here, so the Div must not be joined with the Sub.
    merged = [sub, relu, node("Div", ["a", "s"], ["b"]), node("Add", ["b", "c"], ["y"])]
    for nodes, layers in (
        ([sub, div], "Normalization()"),
        ([node("Div", ["x", "s"], ["a"]), node("Sub", ["a", "m"], ["y"])], "Normalization(), Normalization()"),
        ([node("Div", ["x", "s"], ["a"]), div], "Normalization()"),
        (merged, "Residual([Normalization()], [Normalization(), ReLU()])"),
    ):
        check(load(nodes, shape, constants, rank=1 + len(shape)), shape, layers)
    with pytest.raises(UnsupportedError, match="no layer of nnfs does this"):
        load([node("Sub", ["m", "x"], ["y"])], shape, constants).to_network()
