"""The forms in which PyTorch, Keras and tf2onnx write networks become layers with equal outputs, which learn."""

from __future__ import annotations

import numpy as np
import pytest
from onnx_models import check, load, node, normal, refused

CONV = {"w": normal(4, 3, 3, 3)}
conv = node("Conv", ["x", "w"], ["c"], pads=[1] * 4)


@pytest.mark.parametrize("keepdims", [0, 1])
@pytest.mark.parametrize("axes", [[2, 3], [-1, -2]])
@pytest.mark.parametrize(("operator", "layer"), [("ReduceMean", "GlobalAvgPool2D"), ("ReduceMax", "GlobalMaxPool2D")])
def test_a_reduction_over_all_pixels_is_a_pool(backend, operator, layer, axes, keepdims):
    nodes = [node(operator, ["x", "a"], ["p"], keepdims=keepdims), node("Flatten", ["p"], ["y"])]
    graph = load(nodes, (2, 5, 6), {"a": np.array(axes)}, opset=18)
    layers = f"{layer}()" if keepdims else f"{layer}(), Flatten()"
    check(graph, (2, 5, 6), layers)


@pytest.mark.parametrize("axes", [[1], [1, 2, 3], [0, 2, 3]])
def test_other_reductions_are_refused(axes):
    refused([node("ReduceMean", ["x", "a"], ["y"])], (2, 5, 6), {"a": np.array(axes)}, "over whole images", opset=18)


def test_squeeze_and_unsqueeze_are_shapes():
    nodes = [node("Unsqueeze", ["x", "a"], ["u"]), node("Squeeze", ["u", "b"], ["y"])]
    graph = load(nodes, (3,), {"a": np.array([2, 3]), "b": np.array([-1])}, rank=3)
    check(graph, (3,), "Reshape((3, 1, 1)), Reshape((3, 1))")
    refused([node("Unsqueeze", ["x", "a"], ["y"])], (3,), {"a": np.array([0])}, "keep the samples apart")


@pytest.mark.parametrize(
    ("nodes", "constants", "layers"),
    [
        ([node("Clip", ["x", "l", "h"], ["y"])], {"l": np.float32(0), "h": np.float32(6)}, "Clip(0.0, 6.0)"),
        ([node("HardSwish", ["x"], ["y"])], {}, "HardSwish()"),
        ([node("HardSigmoid", ["x"], ["y"], alpha=0.2)], {}, "HardSigmoid(0.2)"),
        ([node("PRelu", ["x", "s"], ["y"])], {"s": np.full((4, 1, 1), 0.25, "f")}, "LeakyReLU(0.25)"),
        ([node("Selu", ["x"], ["y"])], {}, "ELU(1.6732632), Normalization()"),
        ([node("Celu", ["x"], ["y"])], {}, "ELU()"),
        ([node("Celu", ["x"], ["y"], alpha=2.0)], {}, "Normalization(), ELU(), Normalization()"),
        ([node("Cast", ["x"], ["y"], to=1)], {}, None),
        ([node("Mish", ["x"], ["y"])], {}, "Mish()"),
        ([node("Softsign", ["x"], ["y"])], {}, "Softsign()"),
        (
            [node("InstanceNormalization", ["x", "s", "b"], ["y"])],
            {"s": normal(4), "b": 2 * normal(4)},
            "GroupNorm(4)",
        ),
        (
            [node("GroupNormalization", ["x", "s", "b"], ["y"], num_groups=2)],
            {"s": normal(2), "b": 2 * normal(2)},
            "GroupNorm(2)",
        ),
        ([node("Mul", ["x", "s"], ["y"])], {"s": normal(4, 1, 1)}, "Normalization()"),
        ([node("Mul", ["x", "s"], ["h"]), node("Relu", ["h"], ["y"])], {"s": np.float32(3)}, "Normalization(), ReLU()"),
        ([node("Add", ["x", "s"], ["y"])], {"s": normal(4, 1, 1)}, "Normalization()"),
    ],
)
def test_activations_and_constants_are_converted(nodes, constants, layers):
    nodes = [node("Relu", ["x0"], ["x"]), *nodes]
    nodes[0].input[0] = "x"
    nodes[0].output[0] = "r"
    for each in nodes[1:]:
        each.input[:] = ["r" if name == "x" else name for name in each.input]
    check(load(nodes, (4, 3, 3), constants, rank=4, opset=18), (4, 3, 3), f"ReLU(), {layers}" if layers else "ReLU()")


def test_products_and_sums_after_a_layer_become_its_weights():
    nodes = [conv, node("Mul", ["c", "s"], ["m"]), node("Add", ["m", "b"], ["y"])]
    constants = CONV | {"s": normal(4, 1, 1), "b": normal(1, 4, 1, 1)}
    check(load(nodes, (3, 5, 5), constants, rank=4), (3, 5, 5), "Conv2D(4, 3, padding=1)")


def test_a_gate_of_channels_is_converted(backend):
    nodes = [
        node("GlobalAveragePool", ["x"], ["p"]),
        node("Conv", ["p", "w"], ["c"]),
        node("HardSigmoid", ["c"], ["h"], alpha=1 / 6),
        node("Mul", ["h", "x"], ["y"]),
    ]
    layers = "GlobalAvgPool2D(), Reshape((3, 1, 1)), Conv2D(3, 1, use_bias=False), HardSigmoid(0.16666667)"
    check(load(nodes, (3, 5, 5), {"w": normal(3, 3, 1, 1)}, rank=4), (3, 5, 5), f"Gate([{layers}])")


def test_transposes_around_operators_for_images_are_folded_away(backend):
    """As Keras writes them: each layer for images between two transposes, its bias with the channels last."""
    nodes = [
        node("Transpose", ["x"], ["a"], perm=[0, 3, 1, 2]),
        node("Conv", ["a", "w"], ["b"], pads=[1] * 4),
        node("Transpose", ["b"], ["c"], perm=[0, 2, 3, 1]),
        node("Add", ["c", "bias"], ["d"]),
        node("Relu", ["d"], ["e"]),
        node("Transpose", ["e"], ["f"], perm=[0, 3, 1, 2]),
        node("MaxPool", ["f"], ["g"], kernel_shape=[2, 2], strides=[2, 2]),
        node("Transpose", ["g"], ["h"], perm=[0, 2, 3, 1]),
        node("Add", ["h", "h"], ["k"]),
        node("ReduceMean", ["h"], ["y"], axes=[1, 2], keepdims=0),
    ]
    del nodes[8]
    constants = CONV | {"bias": normal(4)}
    layers = "Permute((3, 1, 2)), Conv2D(4, 3, padding=1), ReLU(), MaxPool2D(2), GlobalAvgPool2D()"
    check(load(nodes, (6, 6, 3), constants, opset=13), (6, 6, 3), layers)


def test_a_flatten_with_channels_last_keeps_the_order_of_numbers():
    nodes = [
        conv,
        node("Transpose", ["c"], ["d"], perm=[0, 2, 3, 1]),
        node("Reshape", ["d", "s"], ["e"]),
        node("MatMul", ["e", "m"], ["y"]),
    ]
    constants = CONV | {"s": np.array([-1, 100]), "m": normal(100, 2)}
    layers = "Conv2D(4, 3, padding=1, use_bias=False), Permute((2, 3, 1)), Flatten(), Dense(2, use_bias=False)"
    check(load(nodes, (3, 5, 5), constants), (3, 5, 5), layers)


def test_a_transpose_of_samples_and_features_is_refused():
    refused([node("Transpose", ["x"], ["y"])], (4,), {}, "wanted 0 first")


@pytest.mark.parametrize("operator", ["MaxPool", "AveragePool"])
def test_signals_are_converted(backend, operator):
    nodes = [
        node("Conv", ["x", "w", "b"], ["c"], pads=[2, 1], strides=[2], dilations=[1]),
        node(operator, ["c"], ["p"], kernel_shape=[2], strides=[2]),
        node("ReduceMean", ["p"], ["y"], axes=[2], keepdims=0),
    ]
    pool = {"MaxPool": "MaxPool1D(2)", "AveragePool": "AvgPool1D(2, count_include_pad=False)"}[operator]
    layers = f"Conv1D(4, 3, stride=2, padding=(2, 1)), {pool}, GlobalAvgPool1D()"
    constants = {"w": normal(4, 2, 3), "b": normal(4)}
    check(load(nodes, (2, 12), constants, opset=13), (2, 12), layers)


@pytest.mark.parametrize(
    ("nodes", "constants", "shape", "layers"),
    [
        (
            [node("DepthToSpace", ["x"], ["y"], blocksize=2)],
            {},
            (8, 3, 2),
            "Reshape((2, 2, 2, 3, 2)), Permute((3, 4, 1, 5, 2)), Reshape((2, 6, 4))",
        ),
        (
            [node("DepthToSpace", ["x"], ["y"], blocksize=2, mode="CRD")],
            {},
            (8, 3, 2),
            "Reshape((2, 2, 2, 3, 2)), Permute((1, 4, 2, 5, 3)), Reshape((2, 6, 4))",
        ),
        (
            [node("SpaceToDepth", ["x"], ["y"], blocksize=2)],
            {},
            (2, 6, 4),
            "Reshape((2, 3, 2, 2, 2)), Permute((3, 5, 1, 2, 4)), Reshape((8, 3, 2))",
        ),
        (
            [node("ConvTranspose", ["x", "w"], ["y"], strides=[2])],
            {"w": normal(2, 3, 4)},
            (2, 5),
            "Reshape((2, 1, 5)), ConvTranspose2D(3, (1, 4), stride=(1, 2), use_bias=False), Reshape((3, 12))",
        ),
        (
            [
                node("Transpose", ["x"], ["a"], perm=[0, 2, 3, 1]),
                node("MatMul", ["a", "w"], ["b"]),
                node("Add", ["b", "v"], ["c"]),
                node("Transpose", ["c"], ["y"], perm=[0, 3, 1, 2]),
            ],
            {"w": normal(2, 5), "v": normal(5)},
            (2, 4, 3),
            "Conv2D(5, 1)",
        ),
        ([node("Clip", ["x", "l"], ["y"])], {"l": np.float32(-0.5)}, (4,), "Clip(-0.5, 3.4028234663852886e+38)"),
        (
            [node("Gemm", ["x", "w"], ["a"]), node("Gemm", ["x", "v"], ["b"]), node("Sub", ["a", "b"], ["y"])],
            {"w": normal(4, 3), "v": 2 * normal(4, 3)},
            (4,),
            "Residual([Dense(3, use_bias=False)], [Dense(3, use_bias=False), Normalization()])",
        ),
    ],
)
def test_more_operators_are_converted(nodes, constants, shape, layers):
    check(load(nodes, shape, constants, rank=len(shape) + 1), shape, layers)


def test_the_mean_of_each_column_of_rows_is_a_pool():
    for keepdims, end in ((0, ""), (1, ", Reshape((1, 5))")):
        nodes = [node("ReduceMean", ["x"], ["y"], axes=[1], keepdims=keepdims)]
        check(load(nodes, (4, 5), rank=2 + keepdims), (4, 5), f"Permute((2, 1)), GlobalAvgPool1D(){end}")


def test_a_constant_less_a_value_is_refused():
    refused([node("Sub", ["c", "x"], ["y"])], (4,), {"c": np.float32(1)}, "Sub: no layer")
