"""Mutated ONNX graphs are read, run on inputs, and converted to networks."""

from __future__ import annotations

import numpy as np
import pytest
from fuzzing import WHOLE, mutate_bytes, survive

import nnfs
from nnfs import DTypeError, FormatError, ShapeError, UnsupportedError

pytest.importorskip("onnx")

NETWORKS = (
    ([nnfs.Dense(4), nnfs.ReLU(), nnfs.LayerNorm(), nnfs.Dense(2), nnfs.Softmax()], (3,)),
    (
        [
            nnfs.Padding2D(1),
            nnfs.Conv2D(4, 3, stride=2, groups=1),
            nnfs.BatchNorm(),
            nnfs.SiLU(),
            nnfs.Residual([nnfs.Conv2D(4, 1)]),
            nnfs.MaxPool2D(2, padding=1),
            nnfs.Upsample2D(2),
            nnfs.ConvTranspose2D(2, 2),
            nnfs.AvgPool2D(2),
            nnfs.Flatten(),
            nnfs.Dense(2),
        ],
        (1, 6, 6),
    ),
)


def mutate_model(rng, model):
    """Change a name, a size, an attribute or the bytes of a tensor in an ONNX model, which stays well formed."""
    graph = model.graph
    node = rng.choice(graph.node)
    kind = rng.randrange(8)
    if kind == 0:
        node.op_type = rng.choice((rng.choice(graph.node).op_type, "Add", "MatMul", "Expand", "Pad", "Resize"))
    elif kind == 1 and node.attribute:
        attribute = rng.choice(node.attribute)
        number = (rng.choice(WHOLE) * rng.choice((1, -1))) % 2**63
        if attribute.ints:
            attribute.ints[rng.randrange(len(attribute.ints))] = number
        attribute.i = number
        attribute.f = rng.choice((0.0, -1.0, float("nan"), float("inf"), 1e-30))
    elif kind == 2 and graph.initializer:
        tensor = rng.choice(graph.initializer)
        sizes = list(tensor.dims)
        rng.shuffle(sizes)
        tensor.dims[:] = rng.choice((sizes, [*sizes, 1], sizes[:-1], [0, *sizes], [rng.choice(WHOLE) % 2**63]))
    elif kind == 3 and graph.initializer:
        tensor = rng.choice(graph.initializer)
        tensor.raw_data = mutate_bytes(rng, tensor.raw_data)
    elif kind == 4:
        names = [name for other in graph.node for name in (*other.input, *other.output)]
        which = node.input if rng.randrange(2) and node.input else node.output
        which[rng.randrange(len(which))] = rng.choice(names)
    elif kind == 5:
        dims = rng.choice((*graph.input, *graph.output)).type.tensor_type.shape.dim
        if dims:
            rng.choice(dims).dim_value = rng.choice(WHOLE) % 2**63
    elif kind == 6:
        graph.node.append(node)
    else:
        graph.node.remove(node)


def test_onnx(tmp_path, monkeypatch):
    import onnx

    import nnfs.io.onnx

    samples = []
    for index, (layers, shape) in enumerate(NETWORKS):
        nnfs.io.onnx.save(nnfs.Sequential(layers, shape), tmp_path / f"{index}.onnx")
        samples.append(((tmp_path / f"{index}.onnx").read_bytes(), shape))

    def mutate(rng):
        whole, shape = rng.choice(samples)
        if rng.randrange(3) == 0:
            return mutate_bytes(rng, whole), shape
        model = onnx.ModelProto.FromString(whole)
        for _ in range(rng.choice((1, 1, 2, 3))):
            mutate_model(rng, model)
        return model.SerializeToString(), shape

    def load(case):
        whole, shape = case
        graph = nnfs.io.onnx.load(whole)
        refusals = []
        for use in (lambda: graph.run({"input": np.ones((2, *shape), "f4")}), lambda: graph.to_network()):
            try:
                use()
            except (FormatError, UnsupportedError, ShapeError, DTypeError) as error:
                refusals.append(error)
            except ValueError as error:
                # The documented error for inputs with other names.
                if not str(error).startswith("run: the inputs are"):
                    raise AssertionError(f"ValueError: {error}") from error
                refusals.append(FormatError(str(error)))
        if refusals:
            raise refusals[0]

    survive("onnx", mutate, load, (FormatError, UnsupportedError, ShapeError, DTypeError), monkeypatch)
