import numpy as np
import pytest

import nnfs
from nnfs import DTypeError, ShapeError
from nnfs.layers.parameter import Parameter, ParameterVector


def test_a_parameter_starts_with_a_gradient_of_zero():
    parameter = Parameter(np.ones((2, 3), np.float32))
    assert parameter.grad.dtype == np.float32
    np.testing.assert_array_equal(parameter.grad, np.zeros((2, 3)))
    assert repr(parameter) == "Parameter(shape=(2, 3), dtype=float32)"


def test_printed_it_shows_its_numbers():
    parameter = Parameter(np.array([[1.5, -2], [0, 4]], np.float32))
    parameter.grad[...] = [[3, 0], [0, 4]]
    assert str(parameter) == "Parameter(shape=(2, 2), dtype=float32), norm of grad 5\n[[ 1.5 -2. ]\n [ 0.   4. ]]"
    parameter.grad[0, 0] = np.inf
    assert "norm of grad inf" in str(parameter)
    assert len(str(Parameter(np.zeros((300, 300))))) < 1000
    assert str(Parameter(np.array([0.5, 1.23456e-3]))).endswith("\n[0.5    0.0012]")
    assert str(Parameter(np.array([1.23456e-5]))).endswith("\n[1.2346e-05]")


def test_parameters_become_views_of_two_vectors():
    parameters = [Parameter(np.arange(6.0).reshape(2, 3)), Parameter(np.array([7.0])), Parameter(np.zeros((0, 4)))]
    vector = ParameterVector(parameters, np.dtype("float64"))
    np.testing.assert_array_equal(vector.value, [0, 1, 2, 3, 4, 5, 7])
    for parameter in parameters[:2]:
        assert np.shares_memory(parameter.value, vector.value)
        assert np.shares_memory(parameter.grad, vector.grad)
    vector.value += 1
    vector.grad[-1] = 5
    np.testing.assert_array_equal(parameters[0].value, [[1, 2, 3], [4, 5, 6]])
    np.testing.assert_array_equal(parameters[1].grad, [5])
    assert parameters[0].value.flags.c_contiguous


def test_no_parameters_are_two_empty_vectors():
    vector = ParameterVector([], np.dtype("float32"))
    assert vector.value.size == vector.grad.size == 0


@pytest.mark.parametrize("name", ["value", "grad"])
def test_assigning_writes_into_the_vector(name):
    parameter = Parameter(np.zeros((2, 3), np.float32))
    vector = ParameterVector([parameter], np.dtype("float32"))
    setattr(parameter, name, [[1, 2, 3], [4, 5, 6]])
    setattr(parameter, name, getattr(parameter, name) + np.float32(1))
    np.testing.assert_array_equal(getattr(vector, name), [2, 3, 4, 5, 6, 7])
    assert np.shares_memory(getattr(parameter, name), getattr(vector, name))


@pytest.mark.parametrize("name", ["value", "grad"])
@pytest.mark.parametrize(
    ("new", "error", "message"),
    [
        (np.zeros((3, 2), np.float32), ShapeError, r"has shape \(2, 3\), got \(3, 2\)"),
        (0, ShapeError, r"got \(\); to fill it: (value|grad)\[\.\.\.\] ="),
        (np.zeros((2, 3)), DTypeError, "must be float32"),
        (None, DTypeError, "got NoneType"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(name, new, error, message):
    parameter = Parameter(np.ones((2, 3), np.float32))
    before = getattr(parameter, name).copy()
    with pytest.raises(error, match=message):
        setattr(parameter, name, new)
    np.testing.assert_array_equal(getattr(parameter, name), before)


def test_a_parameter_is_an_array():
    with pytest.raises(DTypeError, match=r"must be an array, got \[1, 2\] of type list"):
        Parameter([1, 2])


def test_names_from_elsewhere_are_answered_by_what_to_write():
    parameter = Parameter(np.zeros(3))
    with pytest.raises(AttributeError, match=r"no attribute 'requires_grad'; a layer is frozen by"):
        parameter.requires_grad = False
    with pytest.raises(AttributeError, match=r"no attribute 'data'; write \.value"):
        print(parameter.data)
    with pytest.raises(AttributeError, match="other"):
        parameter.other = 1


def test_a_misspelt_name_is_answered_by_the_nearest_one():
    network = nnfs.Sequential([nnfs.Dense(1)], 1)
    with pytest.raises(KeyError, match=r"no '0\.wieght' in parameters; did you mean '0\.weight'\?"):
        network.parameters["0.wieght"]
    with pytest.raises(KeyError, match=r"no 'x' in parameters\"$"):
        network.parameters["x"]
    assert network.parameters.get("x") is None
