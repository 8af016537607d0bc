import numpy as np
import pytest

import nnfs
from nnfs import CNN, DTypeError, NumericError, ShapeError


def small_cnn(dtype="float64"):
    return CNN((2, 6, 6), 4, 3, padding=1, hidden_units=8, output_shape=3, dtype=dtype)


def test_a_state_that_does_not_fit_is_listed_in_full_and_changes_nothing():
    net = small_cnn()
    before = net.vector.value.copy()
    state = {name: value + 1 for name, value in net.state_dict().items()}
    state["0.weight"] = state["0.weight"].transpose(1, 0, 2, 3)
    state["9.weight"] = state.pop("4.bias")
    state["6.bias"] = state["6.bias"][:, None]
    with pytest.raises(ShapeError) as caught:
        net.load_state_dict(state)
    for words in (
        "missing 4.bias",
        "unexpected 9.weight",
        "0.weight has shape (2, 4, 3, 3), wanted (4, 2, 3, 3)",
        "6.bias has shape (3, 1), wanted (3,)",
    ):
        assert words in str(caught.value)
    np.testing.assert_array_equal(net.vector.value, before)


@pytest.mark.parametrize("bad", [np.zeros(3), ["a", "b", "c"], None, np.zeros(3, complex), [[0], [1, 2]]])
def test_a_state_of_the_wrong_type_changes_nothing(bad):
    net = small_cnn(dtype="float32")
    before = net.vector.value.copy()
    with pytest.raises(DTypeError, match=r"^6\.bias "):
        net.load_state_dict({name: value + 1 for name, value in net.state_dict().items()} | {"6.bias": bad})
    np.testing.assert_array_equal(net.vector.value, before)
    with pytest.raises(DTypeError, match="state must be a dict of arrays by name, got list"):
        net.load_state_dict([1, 2])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_taken_and_are_not_saved(value, tmp_path):
    net = small_cnn(dtype="float32")
    nnfs.save(net, path := tmp_path / "net.safetensors")
    good = path.read_bytes()
    net.load_state_dict(net.state_dict() | {"6.bias": np.array([0, value, 1], "float32")})
    np.testing.assert_array_equal(net.state_dict()["6.bias"], np.array([0, value, 1], "float32"))
    with pytest.raises(NumericError, match=r"^6\.bias holds 1 of 3 numbers that are not finite; nothing was saved$"):
        nnfs.save(net, path)
    assert path.read_bytes() == good


@pytest.mark.parametrize("name", ["0.weight", "1.running_mean", "2.bias"])
@pytest.mark.parametrize("shape", [(), (1,), (1, 1), (9,)])
def test_all_is_loaded_or_nothing_wherever_the_wrong_array_stands(name, shape):
    net = nnfs.Sequential([nnfs.Dense(3), nnfs.BatchNorm(), nnfs.Dense(2)], 4)
    before = net.state_dict()
    other = {each: values + 1 for each, values in before.items()}
    with pytest.raises(ShapeError, match=f"{name} has shape"):
        net.load_state_dict(other | {name: np.zeros(shape, other[name].dtype)})
    for each, values in net.state_dict().items():
        np.testing.assert_array_equal(values, before[each])
    net.load_state_dict(other)
    for each, values in net.state_dict().items():
        np.testing.assert_array_equal(values, other[each])


def line_of(error):
    """Return the line of code at the end of an error's text, as a function of net and state."""
    line = str(error).split(": ")[-1] if "{" not in str(error) else str(error)[str(error).index("net.load_state") :]
    return lambda net, state: eval(line, {"net": net, "state": state})


STATES = {
    "a prefix": (
        lambda own: {f"module.{name}": array for name, array in own.items()},
        "missing .*unexpected",
    ),
    "two prefixes": (
        lambda own: {f"_orig_mod.net.{name}": array for name, array in own.items()},
        "names with a prefix",
    ),
    "a prefix and a head": (
        lambda own: {f"model.{name}": array for name, array in own.items()} | {"head.weight": np.zeros(3, "f4")},
        "unexpected head.weight; of names with a prefix",
    ),
    "a part": (
        lambda own: {name: own[name] for name in list(own)[:1]},
        "missing 0.bias; .* to keep what",
    ),
    "a part more": (lambda own: own | {"9.count": np.int64(3)}, "unexpected 9.count; to leave the others out"),
    "the same in order": (lambda own: dict(zip("abcdefghijklm", own.values(), strict=False)), "in the same order"),
}


@pytest.mark.parametrize("name", STATES)
def test_names_that_differ_are_answered_by_a_line_that_works(name):
    change, words = STATES[name]
    net = nnfs.Sequential([nnfs.Dense(3), nnfs.BatchNorm(), nnfs.Dense(2)], 4)
    state = change({key: array + 1 for key, array in net.state_dict().items()})
    wanted = net.state_dict() | {key: state[key] for key in state if key in net.state_dict()}
    if name not in ("a part", "a part more"):
        wanted = {key: array + 1 for key, array in net.state_dict().items()}
    with pytest.raises(ShapeError, match=words) as caught:
        net.load_state_dict(state)
    line_of(caught.value)(net, state)
    for key, array in net.state_dict().items():
        np.testing.assert_array_equal(array, wanted[key])


def test_without_strict_what_fits_is_loaded_and_the_rest_is_told(backend):
    net = small_cnn()
    before = net.state_dict()
    state = {name: value + 1 for name, value in before.items()}
    state["9.weight"] = state.pop("4.bias")
    state["6.bias"] = np.zeros(5)
    told = net.load_state_dict(state, strict=False)
    assert told == (["4.bias"], ["9.weight"], ["6.bias"])
    assert told.other_shape == ["6.bias"]
    for name, array in net.state_dict().items():
        np.testing.assert_array_equal(array, before[name] + (name not in ("4.bias", "6.bias")))
    assert net.load_state_dict(before) == ([], [], [])


def test_without_strict_a_state_of_which_nothing_fits_is_an_error_with_the_cure():
    net = small_cnn()
    before = net.digest()
    with pytest.raises(ShapeError, match=r"not one array of it: missing .*name.removeprefix\('model\.'\)"):
        net.load_state_dict({f"model.{name}": array for name, array in net.state_dict().items()}, strict=False)
    with pytest.raises(DTypeError, match=r"6\.bias"):
        net.load_state_dict({"0.weight": net.state_dict()["0.weight"] + 1, "6.bias": None}, strict=False)
    with pytest.raises(DTypeError, match="strict must be True or False"):
        net.load_state_dict(net.state_dict(), strict="no")
    assert net.digest() == before
