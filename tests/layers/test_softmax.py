import numpy as np
import pytest
from compare import run
from layer_examples import Example

from nnfs import ShapeError, Softmax

EXAMPLES = [Example(Softmax(), (classes,), lambda nn: nn.Softmax(dim=1)) for classes in (1, 2, 10)]


def test_rows_with_infinity_are_nan_and_leave_the_others_alone():
    inf = np.inf
    y, _ = run(Softmax(), np.array([[-inf, -inf], [inf, 1], [0, 0], [np.nan, 0], [-inf, 0]]))
    nan = np.nan
    np.testing.assert_array_equal(y, [[nan, nan], [nan, nan], [0.5, 0.5], [nan, nan], [0, 1]])


def test_scores_of_any_size_are_exact(torch):
    x = np.array([[1e4, -1e4, 0], [-1e4, -1e4, -1e4 + 1]])
    y, _ = run(Softmax(), x)
    np.testing.assert_allclose(y, torch.softmax(torch.tensor(x), 1).numpy(), rtol=1e-12)


def test_images_are_refused_with_the_fix():
    with pytest.raises(ShapeError, match=r"got samples of shape \(3, 2, 2\); put Flatten\(\) before it"):
        Softmax().output_shape((3, 2, 2))
