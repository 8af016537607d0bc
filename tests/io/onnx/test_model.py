"""Wrong models: each one raises an error of nnfs that names the place, whatever the bytes are."""

from __future__ import annotations

import os
import resource
from contextlib import suppress

import numpy as np
import pytest
from onnx_models import make_model

import nnfs
import nnfs.io.onnx
from nnfs import DTypeError, FormatError, ShapeError, UnsupportedError

WEIGHT = np.arange(6, dtype=np.float32).reshape(2, 3)


def node(operator, inputs, outputs, name="the_node", **attributes):
    from onnx import helper

    return helper.make_node(operator, inputs, outputs, name, **attributes)


@pytest.fixture
def model():
    """Return a good model of two nodes: y = relu(x W)."""
    nodes = [node("MatMul", ["x", "w"], ["h"], "first"), node("Relu", ["h"], ["y"], "second")]
    return make_model(nodes, {"x": ("f4", ["n", 2])}, {"y": ("f4", ["n", 3])}, constants={"w": WEIGHT})


def test_the_model_that_the_others_spoil_is_good(model):
    x = np.array([[1, -1]], np.float32)
    assert nnfs.io.onnx.load(model).run({"x": x})["y"].tolist() == [[0, 0, 0]]


@pytest.mark.parametrize("data", [b"", b"\0", bytes(range(256)), os.urandom(1000), b"PK\3\4", b"\x80\4."])
def test_bytes_that_are_no_model_are_refused(data):
    with pytest.raises(FormatError):
        nnfs.io.onnx.load(data)


def test_every_truncation_is_an_error_or_an_equal_model(tmp_path):
    network = nnfs.Sequential([nnfs.Dense(3), nnfs.ReLU(), nnfs.Dense(2)], 4)
    nnfs.io.onnx.save(network, tmp_path / "whole.onnx", verbose=False)
    data = (tmp_path / "whole.onnx").read_bytes()
    for length in range(len(data)):
        with pytest.raises((FormatError, UnsupportedError)):
            nnfs.io.onnx.load(data[:length])


def test_every_flipped_byte_is_an_error_of_nnfs_or_harmless(model):
    data = model.SerializeToString()
    for place in range(len(data)):
        for bit in (1, 16, 128):
            spoiled = bytearray(data)
            spoiled[place] ^= bit
            with suppress(FormatError, UnsupportedError, ShapeError, DTypeError):
                graph = nnfs.io.onnx.load(bytes(spoiled))
                if [value.name for value in graph.inputs] == ["x"]:
                    graph.run({"x": np.ones((1, 2), np.float32)})


def ir(version):
    def spoil(model):
        model.ir_version = version

    return spoil


def opsets(*versions):
    def spoil(model):
        del model.opset_import[:]
        for version in versions:
            model.opset_import.add(domain="", version=version)

    return spoil


def no_graph(model):
    model.ClearField("graph")


def no_nodes(model):
    del model.graph.node[:]


def no_outputs(model):
    del model.graph.output[:]


def foreign_domain(model):
    model.graph.node[1].domain = "com.example"


def foreign_operator(model):
    model.graph.node[1].op_type = "Loop"


def overload(model):
    model.graph.node[1].overload = "other"


def function(model):
    model.functions.add(name="f")


def training(model):
    model.training_info.add()


def cycle(model):
    model.graph.node[0].input[0] = "y"


def not_sorted(model):
    nodes = [model.graph.node[1], model.graph.node[0]]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def undefined(model):
    model.graph.node[1].input[0] = "nobody"


def duplicate_output(model):
    model.graph.node[1].output[0] = "h"


def output_like_input(model):
    model.graph.node[0].output[0] = "x"


def no_output_name(model):
    model.graph.node[0].output[0] = ""


def never_made(model):
    model.graph.output[0].name = "nothing"


def duplicate_initializer(model):
    model.graph.initializer.append(model.graph.initializer[0])


def unnamed_initializer(model):
    model.graph.initializer[0].name = ""


def duplicate_input(model):
    model.graph.input.append(model.graph.input[0])


def unnamed_input(model):
    model.graph.input[0].name = ""


def untyped_input(model):
    model.graph.input[0].ClearField("type")


def sequence_input(model):
    model.graph.input[0].type.sequence_type.elem_type.tensor_type.elem_type = 1


def negative_size(model):
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = -1


def many_axes(model):
    for _ in range(70):
        model.graph.input[0].type.tensor_type.shape.dim.add(dim_value=1)


def string_input(model):
    model.graph.input[0].type.tensor_type.elem_type = 8


def sparse(model):
    model.graph.sparse_initializer.add()


def left_out(model):
    model.graph.node[1].input[0] = ""


def too_many_inputs(model):
    model.graph.node[1].input.append("w")


def too_many_outputs(model):
    model.graph.node[1].output.append("z")


def unknown_attribute(model):
    model.graph.node[1].attribute.add(name="colour", type=2, i=1)


FORMAT = {
    "graph": no_graph,
    "graph: node": no_nodes,
    "graph: output: got none": no_outputs,
    "ir_version: got 0": ir(0),
    "opset_import: is missing": opsets(),
    "opset_import: got version 0": opsets(0),
    "opset_import: got 2 versions": opsets(13, 17),
    "'first', MatMul: input: 'y' is the output of node 1 'second'": cycle,
    "node 0 'second', Relu: input: 'h' is the output of node 1 'first'": not_sorted,
    "node 1 'second', Relu: input: 'nobody' is made by no node": undefined,
    "node 1 'second', Relu: output: 'h' is the name of an output of node 0": duplicate_output,
    "node 0 'first', MatMul: output: 'x' is the name of an input": output_like_input,
    "node 0 'first', MatMul: output": no_output_name,
    "output 'nothing': nothing makes it": never_made,
    "initializer 1 'w': name": duplicate_initializer,
    "initializer 0 '': name": unnamed_initializer,
    "graph: input: a name": duplicate_input,
    "graph: input 0 '': name": unnamed_input,
    "graph: input 0 'x': type: is missing": untyped_input,
    "graph: input 0 'x': shape: got the size -1": negative_size,
    "graph: input 0 'x': shape: got 72 axes": many_axes,
    "node 1 'second', Relu: input X: is left out": left_out,
    "node 1 'second', Relu: input: got 2": too_many_inputs,
    "node 1 'second', Relu: output: got 2": too_many_outputs,
    "node 1 'second', Relu: attribute 'colour': the operator does not have it": unknown_attribute,
}
UNSUPPORTED = {
    "ir_version: got 99, wanted 3 to": ir(99),
    "opset_import: got version 999 of ONNX's operators, wanted 1 to": opsets(999),
    "node 1 'second', Relu: domain: got 'com.example'": foreign_domain,
    "node 1 'second', Loop: op_type": foreign_operator,
    "node 1 'second', Relu: overload": overload,
    "functions": function,
    "training_info": training,
    "graph: input 0 'x': type: got sequence_type": sequence_input,
    "graph: input 0 'x': elem_type: data_type: got string": string_input,
    "sparse_initializer": sparse,
}


@pytest.mark.parametrize("message", FORMAT)
def test_models_that_break_the_format_are_refused(model, message):
    FORMAT[message](model)
    with pytest.raises(FormatError) as error:
        nnfs.io.onnx.load(model)
    assert message in str(error.value)


@pytest.mark.parametrize("message", UNSUPPORTED)
def test_models_that_nnfs_does_not_support_are_refused(model, message):
    UNSUPPORTED[message](model)
    with pytest.raises(UnsupportedError) as error:
        nnfs.io.onnx.load(model)
    assert message in str(error.value)


@pytest.mark.parametrize("name", [b"first", b"MatMul", b"x", b"w", b"h", b"n"])
def test_names_that_are_no_text_are_refused(model, name):
    data = model.SerializeToString()
    spoiled = data.replace(bytes([len(name)]) + name, bytes([len(name)]) + b"\xff" * len(name))
    assert spoiled != data
    with pytest.raises((FormatError, UnsupportedError)):
        nnfs.io.onnx.load(spoiled)


def test_deep_nesting_is_refused(model):
    inner = model.graph.node[1].attribute.add(name="body", type=5).g
    for _ in range(33):
        inner = inner.node.add(op_type="If").attribute.add(name="then_branch", type=5).g
    with pytest.raises(FormatError, match=r"not an ONNX model|does not have it"):
        nnfs.io.onnx.load(model.SerializeToString())


def test_control_flow_is_refused(model):
    model.graph.node[1].op_type = "If"
    model.graph.node[1].attribute.add(name="then_branch", type=5).g.name = "branch"
    with pytest.raises(UnsupportedError, match="node 1 'second', If: op_type"):
        nnfs.io.onnx.load(model)


def test_an_operator_that_its_opset_does_not_have_is_refused(model):
    model.graph.node[1].op_type = "LayerNormalization"
    model.opset_import[0].version = 13
    with pytest.raises(FormatError, match="opset 13 does not have this operator"):
        nnfs.io.onnx.load(model)


def test_other_domains_may_be_imported(model):
    model.opset_import.add(domain="ai.onnx.ml", version=3)
    assert nnfs.io.onnx.load(model).opset == 17


def test_errors_name_the_file(model, tmp_path):
    undefined(model)
    path = tmp_path / "wrong.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(FormatError, match=f"^{path}: node 1 'second', Relu: input"):
        nnfs.io.onnx.load(path)
    with pytest.raises(FormatError, match="not a regular file"):
        nnfs.io.onnx.load(tmp_path)
    with pytest.raises(FileNotFoundError):
        nnfs.io.onnx.load(tmp_path / "missing.onnx")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FormatError, match="not a regular file"):
        nnfs.io.onnx.load(tmp_path / "pipe")


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    path = tmp_path / "large.onnx"
    with open(path, "wb") as file:
        file.truncate(2**31)  # a sparse file, which takes no space on the disk
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(FormatError, match="2,147,483,648 bytes"):
        nnfs.io.onnx.load(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 16 * 1024


@pytest.mark.parametrize("source", [None, 3, [b"x"]])
def test_anything_but_a_path_bytes_or_a_model_is_refused(source):
    with pytest.raises(DTypeError, match="path, bytes or a ModelProto"):
        nnfs.io.onnx.load(source)


def test_the_given_model_is_not_modified(model):
    before = model.SerializeToString(deterministic=True)
    nnfs.io.onnx.load(model).run({"x": np.ones((1, 2), np.float32)})
    assert model.SerializeToString(deterministic=True) == before
