import numpy as np
import pytest

from nnfs.layers.activation import Activation
from nnfs.layers.context import Context
from nnfs.testing import check_layer


class Square(Activation):
    def apply(self, x, *, y):
        np.multiply(x, x, out=y)

    def apply_backward(self, dy, x, y, *, dx):
        np.multiply(dy, 2 * x, out=dx)


def test_two_formulas_make_a_layer():
    check_layer(Square(), (2, 3))


def test_a_formula_that_a_subclass_leaves_out_is_named():
    class Half(Activation):
        pass

    ctx, x = Context(), np.zeros((1, 1))
    with pytest.raises(NotImplementedError, match=r"Half has no apply; write def apply\("):
        Half().forward(x, ctx)
    ctx.save(x=x, y=x)
    with pytest.raises(NotImplementedError, match="Half has no apply_backward"):
        Half().backward(x, ctx)
