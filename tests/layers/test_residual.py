import numpy as np
import pytest
from compare import build, run
from layer_examples import Example

import nnfs
from nnfs import (
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    DTypeError,
    Flatten,
    ReLU,
    Residual,
    Sequential,
    ShapeError,
    Tanh,
    Upsample2D,
)


def torch_residual(nn, body, shortcut=None):
    class Twin(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(*body)
            self.shortcut = nn.Identity() if shortcut is None else nn.Sequential(*shortcut)

        def forward(self, x):
            return self.body(x) + self.shortcut(x)

    return Twin()


def torch_blocks(nn):
    inner = torch_residual(nn, [nn.Conv2d(4, 4, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(4)])
    body = [nn.Conv2d(2, 4, 3, stride=2, padding=1), nn.BatchNorm2d(4), nn.ReLU(), inner]
    return torch_residual(nn, body, [nn.Conv2d(2, 4, 1, stride=2)])


EXAMPLES = [
    Example(
        Residual([Dense(4), Tanh(), Dense(4)]),
        (4,),
        lambda nn: torch_residual(nn, [nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 4)]),
    ),
    Example(
        Residual(
            [
                Conv2D(4, 3, stride=2, padding=1),
                BatchNorm(),
                ReLU(),
                Residual([Conv2D(4, 3, padding=1), ReLU(), BatchNorm()]),
            ],
            [Conv2D(4, 1, stride=2)],
        ),
        (2, 5, 4),
        torch_blocks,
        training=True,
    ),
    Example(Residual([Tanh()], [ReLU()]), (3,), lambda nn: torch_residual(nn, [nn.Tanh()], [nn.ReLU()])),
    Example(Residual([Dense(3)], []), (3,), lambda nn: torch_residual(nn, [nn.Linear(3, 3)], [])),
    Example(Residual([Dense(4), Dropout(0.5)]), (4,), training=True),
]


def test_the_sum_by_hand(backend):
    layer = build(Residual([ReLU()]), (2,))
    y, ctx = run(layer, np.array([[-3.0, 5.0]]))
    np.testing.assert_array_equal(y, [[-3, 10]])
    np.testing.assert_array_equal(layer.backward(np.ones_like(y), ctx), [[1, 2]])


def network(**arguments):
    """Return a network with a block of each kind, one within the other."""
    inner = Residual([Conv2D(4, 3, padding=1), ReLU(), Conv2D(4, 3, padding=1), BatchNorm()])
    layers = [
        Conv2D(2, 3, padding=1),
        ReLU(),
        Residual([Conv2D(4, 3, stride=2, padding=1), BatchNorm(), ReLU(), inner], [Conv2D(4, 1, stride=2)]),
        Flatten(),
        Dense(3),
    ]
    return Sequential(layers, (1, 6, 6), **arguments)


NAMES = [
    *["0.weight", "0.bias"],
    *["2.body.0.weight", "2.body.0.bias", "2.body.1.weight", "2.body.1.bias"],
    *["2.body.3.body.0.weight", "2.body.3.body.0.bias", "2.body.3.body.2.weight", "2.body.3.body.2.bias"],
    *["2.body.3.body.3.weight", "2.body.3.body.3.bias", "2.shortcut.0.weight", "2.shortcut.0.bias"],
    *["4.weight", "4.bias"],
]
X = np.random.default_rng(0).normal(size=(6, 1, 6, 6)).astype("float32")


def test_parameters_have_the_names_of_their_places():
    net = network()
    assert list(net.parameters) == NAMES
    assert sum(parameter.value.size for parameter in net.parameters.values()) == net.vector.value.size
    assert list(net.buffers)[3:] == [f"2.body.3.body.3.{name}" for name in build(BatchNorm(), (1,)).buffers]


def test_fusion_reaches_within_and_changes_no_result(backend):
    fused, plain = network(), network(fuse=False)
    block = fused.layers[2]
    assert [type(node).__name__ for node in block.body[3].body.nodes] == [
        "ConvolutionReLU",
        "ConvolutionBatchNormReLU",
    ]
    np.testing.assert_allclose(fused.predict(X), plain.predict(X), rtol=0, atol=1e-5)
    for net in (fused, plain):
        nnfs.Trainer(net, loss="cross_entropy").step(X, np.zeros(6, int))
    np.testing.assert_allclose(fused.vector.grad, plain.vector.grad, rtol=1e-4, atol=1e-6)


def test_a_layer_may_stand_within_and_beside(backend, tmp_path):
    shared = Dense(3)
    net = Sequential([shared, Residual([shared, Tanh()], [shared])], 3)
    assert net.vector.value.size == shared.weight.value.size + 3
    net.parameters["1.shortcut.0.weight"].value += 1
    x = np.ones((2, 3), "float32")
    nnfs.save(net, tmp_path / "net.safetensors")
    loaded = nnfs.load(tmp_path / "net.safetensors")
    assert loaded.layers[1].body[0] is loaded.layers[0] is loaded.layers[1].shortcut[0]
    assert loaded.predict(x).tobytes() == net.predict(x).tobytes()


def test_layers_within_belong_to_one_network_and_one_shape():
    dense = Dense(3)
    Sequential([Residual([dense])], 3)
    with pytest.raises(ValueError, match=r"layers\[1.body.0\], Dense\(3\), belongs to another network already"):
        Sequential([Dense(3), Residual([dense])], 3)
    dense = Dense(3)
    with pytest.raises(ShapeError, match=r"layer 1.body.0, Dense\(3\), stands in the network twice"):
        Sequential([dense, Residual([dense])], 4)
    assert dense.built_for is None


def test_an_error_names_the_place_within():
    with pytest.raises(ShapeError, match=r"layer 1, Residual.*: Residual: body\[1\], Conv2D\(2, 9\): .*reaches over 9"):
        Sequential([ReLU(), Residual([ReLU(), Conv2D(2, 9)])], (2, 5, 5))


@pytest.mark.parametrize(
    ("block", "input_shape", "words"),
    [
        (
            lambda: Residual([Dense(4)]),
            (3,),
            r"body gives \(4,\), but the input has \(3,\); perhaps shortcut=\[Dense\(4\)\]",
        ),
        (
            lambda: Residual([Conv2D(4, 3, stride=2, padding=1)]),
            (2, 5, 5),
            r"gives \(4, 3, 3\), but the input has \(2, 5, 5\); perhaps shortcut=\[Conv2D\(4, 1, stride=\(2, 2\)\)\]",
        ),
        (
            lambda: Residual([Conv2D(2, 3)]),
            (2, 6, 5),
            r'perhaps padding="same" in body, or shortcut=\[Conv2D\(2, \(3, 3\)\)\]',
        ),
        (lambda: Residual([Upsample2D(2)]), (2, 5, 5), "body and shortcut must give one shape"),
        (lambda: Residual([Flatten()], [ReLU()]), (2, 5, 5), r"but shortcut gives \(2, 5, 5\); body and shortcut must"),
        (lambda: Residual([]), (3,), "body must have at least one layer"),
    ],
)
def test_what_does_not_fit_is_refused(block, input_shape, words):
    with pytest.raises(ShapeError, match=words):
        block().output_shape(input_shape)


@pytest.mark.parametrize("wrong", [ReLU(), [ReLU], ["relu"], None, [None], {"body": []}])
def test_what_is_no_list_of_layers_is_refused(wrong):
    with pytest.raises(DTypeError, match=r"Residual: body.* (must be a|is the class)"):
        Residual(wrong)
    if wrong is not None:
        with pytest.raises(DTypeError, match=r"Residual: shortcut.* (must be a|is the class)"):
            Residual([ReLU()], wrong)
