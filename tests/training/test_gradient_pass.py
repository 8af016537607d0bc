"""A pass for its gradients leaves those of the network as they were, whatever happens within the block."""

import numpy as np
import pytest

import nnfs
from nnfs.losses import CrossEntropy
from nnfs.training.gradient_pass import gradient_pass


def test_gradients_are_those_of_the_batch_within_the_block_and_of_before_behind_it(backend):
    net = nnfs.Sequential([nnfs.Dense(3)], 2)
    net.vector.grad[...] = 7
    x, y = np.ones((4, 2), np.float32), np.array([0, 1, 2, 0])
    with gradient_pass(net, CrossEntropy(), x, y) as workspace:
        wanted = net.explain(x, y, loss="cross_entropy").layers["0"].parameter_gradients
        np.testing.assert_allclose(net.parameters["0.weight"].grad, wanted["weight"], rtol=1e-5, atol=1e-7)
        assert workspace.rows == 4
    assert (net.vector.grad == 7).all()
    with pytest.raises(KeyError), gradient_pass(net, CrossEntropy(), x, y):
        raise KeyError
    assert (net.vector.grad == 7).all()
