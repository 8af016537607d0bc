import numpy as np
import pytest

from nnfs.losses import LOSSES, Huber, Loss, get_loss


def test_a_loss_is_found_by_name():
    for name, loss in LOSSES.items():
        assert type(get_loss(name)) is loss
    custom = Huber(2)
    assert get_loss(custom) is custom
    assert repr(custom) == "Huber(delta=2.0)"
    assert Huber(**custom.config()).delta == 2
    for wrong in ("tversky", None, 3, ["l1"]):
        with pytest.raises(ValueError, match=r"unknown loss .*; the names are mean_squared_error, l1, huber, cross_"):
            get_loss(wrong)
    with pytest.raises(ValueError, match="Huber: delta must be a finite number > 0, got 0"):
        Huber(0)
    with pytest.raises(NotImplementedError, match="Loss has no formula"):
        Loss()(np.zeros(1), np.zeros(1), gradient=np.zeros(1))
