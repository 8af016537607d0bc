import pytest

from nnfs import Dense, DTypeError, ReLU, ShapeError
from nnfs.testing import check_layer


def test_the_layer_itself_is_left_alone():
    layer = Dense(3)
    check_layer(layer, 4)
    assert layer.parameters == {}


def test_a_class_is_no_layer():
    with pytest.raises(DTypeError, match=r"make one of it: Dense\(\.\.\.\)"):
        check_layer(Dense, 3)


def test_a_batch_of_one_proves_nothing_of_rows():
    with pytest.raises(ShapeError, match="check_layer: batch must be an integer from 2"):
        check_layer(ReLU(), 3, batch=1)
