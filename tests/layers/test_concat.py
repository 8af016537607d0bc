import numpy as np
import pytest
from compare import build, run

import nnfs
from nnfs import BatchNorm, Concat, Conv2D, Dense, DTypeError, Flatten, MaxPool2D, ReLU, Sequential, ShapeError, Tanh
from nnfs.testing import check_layer

CASES = {
    "one": (lambda: Concat([[Dense(2)]]), (3,), (2,)),
    "dense": (lambda: Concat([[Dense(2), Tanh()], [], [Dense(4)]]), (3,), (9,)),
    "images": (lambda: Concat([[Conv2D(3, 1)], [MaxPool2D(3, stride=1, padding=1)], []]), (2, 4, 3), (7, 4, 3)),
    "nested": (lambda: Concat([[Concat([[], [Tanh()]])], [BatchNorm()]]), (2, 3, 3), (6, 3, 3)),
    "no_parameters": (lambda: Concat([[], []]), (2, 2), (4, 2)),
}


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", CASES)
def test_it_keeps_every_promise_of_a_layer(backend, name, training):
    make, input_shape, output_shape = CASES[name]
    assert make().output_shape(input_shape) == output_shape
    check_layer(make(), input_shape, training=training)


def test_branches_by_hand(backend):
    layer = build(Concat([[], [ReLU()]]), (2,))
    y, ctx = run(layer, np.array([[-3.0, 5.0]]))
    np.testing.assert_array_equal(y, [[-3, 5, 0, 5]])
    np.testing.assert_array_equal(layer.backward(np.array([[1.0, 2.0, 4.0, 8.0]]), ctx), [[1, 10]])


def network():
    branches = [[Conv2D(3, 1)], [ReLU(), Conv2D(4, 3, padding=1), BatchNorm()], []]
    return Sequential([Conv2D(2, 3, padding=1), Concat(branches), Flatten(), Dense(3)], (1, 4, 4), seed=3)


X = np.random.default_rng(0).normal(size=(6, 1, 4, 4)).astype("float32")


def test_it_learns_and_is_saved_and_loaded(backend, tmp_path):
    net = network()
    history = net.fit(X, np.arange(6) % 3, loss="cross_entropy", epochs=5, batch_size=3, verbose=0)
    assert history.epochs[-1]["loss"] < history.epochs[0]["loss"]
    nnfs.save(net, tmp_path / "net.safetensors")
    loaded = nnfs.load(tmp_path / "net.safetensors")
    assert repr(loaded) == repr(net)
    assert loaded.predict(X).tobytes() == net.predict(X).tobytes()


def test_its_state_goes_both_ways_with_pytorch(backend, torch):
    nn = torch.nn

    class Twin(nn.Module):
        def __init__(self, branches):
            super().__init__()
            self.branches = nn.ModuleList(nn.Sequential(*branch) for branch in branches)

        def forward(self, x):
            return torch.cat([branch(x) for branch in self.branches], dim=1)

    branches = [[nn.Conv2d(2, 3, 1)], [nn.ReLU(), nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4)], []]
    twin = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), Twin(branches), nn.Flatten(), nn.Linear(144, 3)).eval()
    net = network()
    assert "1.branches.1.1.weight" in net.parameters
    net.load_state_dict({name: tensor.numpy() for name, tensor in twin.state_dict().items()})
    np.testing.assert_allclose(net.predict(X), twin(torch.from_numpy(X)).detach().numpy(), atol=1e-5)
    twin.load_state_dict({name: torch.from_numpy(array) for name, array in net.state_dict().items()}, strict=True)


@pytest.mark.parametrize(
    ("branches", "error", "words"),
    [
        ([], ShapeError, "at least one branch"),
        (None, DTypeError, "branches must be a list of lists"),
        ([ReLU()], DTypeError, r"Concat: branches\[0\] must be a list of layers"),
        ([[], [ReLU]], DTypeError, r"Concat: branches\[1\]\[0\] is the class ReLU"),
        ([[], [Conv2D(1, 3)]], ShapeError, r"branches\[0\] gives \(2, 4, 4\) and branches\[1\] gives \(1, 2, 2\)"),
        ([[], [Flatten()]], ShapeError, r"branches\[1\] gives \(32,\)"),
        ([[], [Dense(1)]], ShapeError, r"Concat: branches\[1\]\[0\], Dense\(1\): Dense needs one axis"),
    ],
)
def test_what_does_not_fit_is_refused(branches, error, words):
    with pytest.raises(error, match=words):
        Concat(branches).output_shape((2, 4, 4))
