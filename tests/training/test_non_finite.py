import numpy as np
from trainings import problem, small_net

from nnfs.training.non_finite import non_finite_output, non_finite_parameter

X, _ = problem()


def test_the_first_layer_whose_output_is_not_finite_is_named():
    net = small_net()
    assert non_finite_output(net, X)[1] == {}
    net.layers[2].weight.value[0, 0] = np.nan
    text, facts = non_finite_output(net, X)
    assert text == f"the first output that is not finite is that of layer 2, {net.layers[2]!r}"
    assert facts == {"layer": 2}
    assert non_finite_output(net, X * np.inf) == ("the batch itself holds numbers that are not finite", {})


def test_the_first_parameter_that_is_not_finite_is_named_by_value_and_by_gradient():
    net = small_net()
    net.layers[2].weight.value[0, 0] = np.inf
    net.layers[0].bias.grad[1] = np.nan
    assert non_finite_parameter(net, "value")[1] == {"layer": 2, "parameter": "2.weight"}
    assert non_finite_parameter(net, "grad")[1] == {"layer": 0, "parameter": "0.bias"}
    assert non_finite_parameter(small_net(), "value") == ("none", {})
