import numpy as np
import pytest
from compare import build, run
from layer_examples import Example

from nnfs import BatchNorm, Concat, Conv2D, Dense, DTypeError, Flatten, MaxPool2D, ReLU, ShapeError, Tanh


def torch_concat(nn, branches):
    import torch

    class Twin(nn.Module):
        def __init__(self):
            super().__init__()
            self.branches = nn.ModuleList(nn.Sequential(*branch) for branch in branches)

        def forward(self, x):
            return torch.cat([branch(x) for branch in self.branches], dim=1)

    return Twin()


EXAMPLES = [
    Example(Concat([[Dense(2)]]), (3,), lambda nn: torch_concat(nn, [[nn.Linear(3, 2)]])),
    Example(
        Concat([[Dense(2), Tanh()], [], [Dense(4)]]),
        (3,),
        lambda nn: torch_concat(nn, [[nn.Linear(3, 2), nn.Tanh()], [], [nn.Linear(3, 4)]]),
    ),
    Example(Concat([[Conv2D(3, 1)], [MaxPool2D(3, stride=1, padding=1)], []]), (2, 4, 3)),
    Example(
        Concat([[Concat([[], [Tanh()]])], [Conv2D(4, 1), BatchNorm()]]),
        (2, 3, 3),
        lambda nn: torch_concat(nn, [[torch_concat(nn, [[], [nn.Tanh()]])], [nn.Conv2d(2, 4, 1), nn.BatchNorm2d(4)]]),
        training=True,
    ),
    Example(Concat([[], []]), (2, 2)),
]


def test_branches_by_hand(backend):
    layer = build(Concat([[], [ReLU()]]), (2,))
    y, ctx = run(layer, np.array([[-3.0, 5.0]]))
    np.testing.assert_array_equal(y, [[-3, 5, 0, 5]])
    np.testing.assert_array_equal(layer.backward(np.array([[1.0, 2.0, 4.0, 8.0]]), ctx), [[1, 10]])


@pytest.mark.parametrize(
    ("branches", "error", "words"),
    [
        ([], ShapeError, "at least one branch"),
        (None, DTypeError, "branches must be a list of lists"),
        ([ReLU()], DTypeError, r"Concat: branches\[0\] must be a list of layers"),
        ([[], [ReLU]], DTypeError, r"Concat: branches\[1\]\[0\] is the class ReLU"),
        ([[], [Conv2D(1, 3)]], ShapeError, r"branches\[0\] gives \(2, 4, 4\) and branches\[1\] gives \(1, 2, 2\)"),
        ([[], [Flatten()]], ShapeError, r"branches\[1\] gives \(32,\)"),
        ([[], [Dense(1)]], ShapeError, r"Concat: branches\[1\]\[0\], Dense\(1\): Dense needs samples"),
    ],
)
def test_what_does_not_fit_is_refused(branches, error, words):
    with pytest.raises(error, match=words):
        Concat(branches).output_shape((2, 4, 4))
