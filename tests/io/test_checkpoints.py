"""Checkpoints: written and read whole, and refused if anything in them is wrong."""

import json
from contextlib import suppress

import numpy as np
import pytest
import safetensors
import safetensors.numpy
from effort import times
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnfs import ChecksumError, Dense, FormatError, NumericError, ReLU, Sequential, UnsupportedError
from nnfs.io import load_checkpoint, newest_checkpoint
from nnfs.io.architecture import digest_of
from nnfs.io.checkpoints import NAME, list_checkpoints, save_checkpoint, steps_of


def state_of(net):
    return {
        "network": net.state_dict(),
        "numbers": [1, 2.5, -(2**127), True, None, "text", float("inf"), -float("inf")],
        "arrays": {"a": np.arange(6, dtype=np.uint32).reshape(2, 3), "of": [np.float64([np.nan, np.inf]), np.empty(0)]},
        "scalars": [np.float32(0.1), np.int64(7), np.array(3.5)],
    }


@pytest.fixture
def net():
    return Sequential([Dense(3), ReLU(), Dense(2)], 4)


@pytest.fixture
def path(tmp_path):
    return tmp_path / NAME.format(12)


@pytest.fixture
def parts(net, path):
    """Save a state, and return the text and the arrays of its file."""
    save_checkpoint(path, net, state_of(net))
    with safetensors.safe_open(path, "np") as file:
        return json.loads(file.metadata()["training"]), safetensors.numpy.load_file(path)


def write_again(path, text, arrays, digest=None):
    text = {name: value for name, value in text.items() if name != "sha256"}
    text["sha256"] = digest or digest_of(text, arrays)
    path.write_bytes(safetensors.numpy.save(arrays, {"training": json.dumps(text)}))


def test_a_saved_state_is_loaded_unchanged(net, path):
    state = state_of(net)
    save_checkpoint(path, net, state)
    found = load_checkpoint(path)
    assert found.keys() == state.keys()
    assert found["numbers"] == state["numbers"]
    assert found["scalars"][:2] == [float(np.float32(0.1)), 7]
    np.testing.assert_array_equal(found["scalars"][2], 3.5)
    assert found["network"].keys() == state["network"].keys()
    for ours, theirs in zip(
        [found["arrays"]["a"], *found["arrays"]["of"], *(found["network"][name] for name in state["network"])],
        [state["arrays"]["a"], *state["arrays"]["of"], *state["network"].values()],
        strict=True,
    ):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)


def test_figures_of_epochs_are_one_array_and_loaded_unchanged(net, path):
    rows = [{"loss": 0.1 * n, "val_loss": float("nan") if n == 1 else -n / 3} for n in range(3)]
    others = [[], [{}], [{"a": 1}], [{"a": 1.0}, {"b": 1.0}], [{"a": 1.0}, {"a": None}], [{"a": 1.0}, 2.0], [[1.0]]]
    save_checkpoint(path, net, {"network": net.state_dict(), "history": {"epochs": rows}, "others": others})
    found = load_checkpoint(path)
    assert str(found["history"]["epochs"]) == str(rows)
    assert found["others"] == others
    assert safetensors.numpy.load_file(path)["training/history.epochs"].shape == (3, 2)


@pytest.mark.parametrize(
    "rows",
    [None, {}, {"names": ["a"]}, {"names": "ab", "values": {"$array": "training/arrays.a"}}, {"names": [], "values": 1}]
    + [{"names": names, "values": {"$array": "training/arrays.a"}} for names in (["a"], ["a", 2, 3], [])]
    + [{"names": ["a"], "values": {"$array": "training/arrays.of.1"}}],
)
def test_rows_that_do_not_fit_their_names_are_refused(path, parts, rows):
    text, arrays = parts
    write_again(path, text | {"state": text["state"] | {"more": {"$rows": rows}}}, arrays)
    with pytest.raises(FormatError, match=r"training: \$rows: got .*, wanted names, and an array of their rows"):
        load_checkpoint(path)


def test_a_checkpoint_of_the_first_format_is_read(path, parts):
    text, arrays = parts
    state = text["state"] | {"history": [{"loss": 0.5}, {"loss": {"$float": "inf"}}]}
    write_again(path, text | {"format_version": 1, "state": state}, arrays)
    assert load_checkpoint(path)["history"] == [{"loss": 0.5}, {"loss": float("inf")}]


def test_nan_is_loaded_as_nan(net, path):
    save_checkpoint(path, net, {"network": net.state_dict(), "value": {"deep": [float("nan")]}})
    assert np.isnan(load_checkpoint(path)["value"]["deep"][0])


def test_any_other_program_reads_the_weights(net, path, parts):
    arrays = safetensors.numpy.load_file(path)
    np.testing.assert_array_equal(arrays["0.weight"], net.layers[0].weight.value)


def test_weights_that_are_not_finite_never_replace_a_good_file(net, path, parts):
    before = path.read_bytes()
    net.layers[2].bias.value[1] = np.nan
    with pytest.raises(NumericError, match=r"2\.bias holds 1 of 2 numbers that are not finite"):
        save_checkpoint(path, net, state_of(net))
    assert path.read_bytes() == before


def test_an_error_names_the_value_that_cannot_be_written(net, path):
    with pytest.raises(UnsupportedError, match=r"training/callbacks\.0\.best is <object"):
        save_checkpoint(path, net, {"network": net.state_dict(), "callbacks": [{"best": object()}]})
    assert not path.exists()


def test_a_layer_that_json_cannot_hold_does_not_stop_a_training(path):
    class Odd(Dense):
        def config(self):
            return {"units": object()}

    net = Sequential([Odd(2)], 3)
    save_checkpoint(path, net, {"network": net.state_dict()})
    assert load_checkpoint(path)["network"].keys() == {"0.weight", "0.bias"}


def test_every_change_of_a_bit_is_found(path, parts):
    data = path.read_bytes()
    with safetensors.safe_open(path, "np") as file:
        text = json.dumps({"nnfs": file.metadata()["nnfs"]}, separators=(",", ":"))[1:-1].encode()
    # The text of the network is not read when a training resumes, and has its own digest.
    own = range(data.index(text), data.index(text) + len(text))
    rng = np.random.default_rng(0)
    for place in [0, 8, 9, len(data) - 1, *rng.integers(0, len(data), 300)]:
        broken = bytearray(data)
        broken[place] ^= 1 << int(rng.integers(0, 8))
        path.write_bytes(broken)
        try:
            found = load_checkpoint(path)
        except (FormatError, UnsupportedError):
            continue
        assert place in own
        assert found["numbers"][:2] == [1, 2.5]


@settings(max_examples=times(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 2**16), cut=st.integers(0, 20), new=st.binary(max_size=20))
def test_only_our_errors_escape_from_damaged_bytes(path, parts, at, cut, new):
    text, arrays = parts
    write_again(path, text, arrays, text["sha256"])
    data = path.read_bytes()
    at %= len(data)
    path.write_bytes(data[:at] + new + data[at + cut :])
    with suppress(FormatError, UnsupportedError):
        assert load_checkpoint(path).keys() == {"network", "numbers", "arrays", "scalars"}


@settings(max_examples=times(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    state=st.recursive(
        st.one_of(
            st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(["a", "training/arrays.a", "inf"])
        ),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["$array", "$float", "a"]), inner)
        ),
        max_leaves=6,
    ),
    version=st.sampled_from([1, 1, 1, 0, 2, True, "1", None]),
)
def test_only_our_errors_escape_from_another_text_with_the_right_digest(path, parts, state, version):
    text, arrays = parts
    write_again(path, text | {"state": state, "format_version": version}, arrays)
    with suppress(FormatError, UnsupportedError):
        load_checkpoint(path)


def test_every_truncation_is_found(path, parts):
    data = path.read_bytes()
    for size in [0, 1, 7, 8, 9, *range(10, len(data), 97), len(data) - 1]:
        path.write_bytes(data[:size])
        with pytest.raises(FormatError):
            load_checkpoint(path)


def test_missing_extra_and_foreign_arrays_are_found(path, parts):
    text, arrays = parts
    for name in arrays:
        write_again(path, text, {other: values for other, values in arrays.items() if other != name}, text["sha256"])
        with pytest.raises(ChecksumError, match="was changed after it was written"):
            load_checkpoint(path)
    write_again(path, text, arrays | {"training/more": np.zeros(2)}, text["sha256"])
    with pytest.raises(ChecksumError):
        load_checkpoint(path)
    write_again(path, text, arrays | {"0.bias": arrays["0.bias"] + 1}, text["sha256"])
    with pytest.raises(ChecksumError):
        load_checkpoint(path)
    write_again(path, text, {name: values for name, values in arrays.items() if name != "training/arrays.a"})
    with pytest.raises(FormatError, match=r"array 'training/arrays\.a': is missing"):
        load_checkpoint(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"format_version": 1, "format_version": 1}', "the name 'format_version' occurs twice"),
        ('{"format_version": NaN}', "NaN, which JSON does not have"),
        ("[" * 100_000, "not strict JSON"),
        ('{"a":' * 40 + "1" + "}" * 40, "nested deeper"),
        ("[]", "wanted format_version, state and sha256"),
        ("{}", "wanted format_version, state and sha256"),
        ('{"format_version": 0, "state": {}, "sha256": ""}', "wanted format_version, state and sha256"),
        ('{"format_version": true, "state": {}, "sha256": ""}', "was changed|wanted format_version"),
        ('{"format_version": 1, "state": {}, "sha256": "", "more": 1}', "wanted format_version, state and sha256"),
        ('{"format_version": 1, "state": {}, "sha256": 3}', "was changed after it was written"),
    ],
)
def test_bad_text_is_refused(path, text, words):
    path.write_bytes(safetensors.numpy.save({}, {"training": text}))
    with pytest.raises(FormatError, match=words):
        load_checkpoint(path)


@pytest.mark.parametrize("state", [None, [], 3, "text", {"$array": "training/arrays.a"}, {"$float": "inf"}])
def test_a_state_that_has_no_names_is_refused(path, parts, state):
    text, arrays = parts
    write_again(path, text | {"state": state}, arrays)
    with pytest.raises(FormatError, match=r"__metadata__: training: state: got [\s\S]*, wanted values by name"):
        load_checkpoint(path)


def test_a_checkpoint_of_a_later_version_is_not_called_damaged(path, parts):
    text, arrays = parts
    write_again(path, text | {"format_version": 3}, arrays)
    for read in (load_checkpoint, lambda path: newest_checkpoint(path.parent)):
        with pytest.raises(UnsupportedError, match="is a checkpoint of format 3; this nnfs reads up to 2"):
            read(path)


def test_a_file_of_a_network_is_no_checkpoint(net, path):
    path.write_bytes(safetensors.numpy.save(net.state_dict()))
    with pytest.raises(FormatError, match="is no checkpoint: its metadata has no 'training'"):
        load_checkpoint(path)


def test_only_checkpoints_of_a_folder_count(net, tmp_path):
    assert list_checkpoints(tmp_path / "missing") == []
    assert newest_checkpoint(tmp_path / "missing") is None
    for name in (NAME.format(9), NAME.format(10), "checkpoint-1.safetensors", "other", ".nnfs-1-ab.part"):
        save_checkpoint(tmp_path / name, net, {"network": net.state_dict(), "name": name})
    assert [path[-23:] for path in list_checkpoints(tmp_path)] == [NAME.format(9)[-23:], NAME.format(10)[-23:]]
    assert newest_checkpoint(tmp_path)["name"] == NAME.format(10)


# Python leaves a file open when an error interrupts the last step of its `with`; the garbage collector closes it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_an_interruption_at_any_line_leaves_the_old_file_or_the_new_one(error, net, path, tmp_path):
    import sys

    state = state_of(net)
    save_checkpoint(path, net, state | {"turn": 0})
    line = 0
    while True:
        line += 1
        lines = iter(range(line - 1))

        def trace(frame, event, argument):
            if "nnfs/io" not in frame.f_code.co_filename:
                return None
            if event == "line" and next(lines, None) is None:  # noqa: B023
                sys.settrace(None)
                raise error
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            save_checkpoint(path, net, state | {"turn": line})
            break
        except error:
            pass
        finally:
            sys.settrace(before)
        assert load_checkpoint(path)["turn"] in (line, 0, line - 1)
        assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
    assert line > 100


def test_the_name_of_a_checkpoint_tells_its_steps():
    assert steps_of("runs/a-7/checkpoints/checkpoint-000000001200.safetensors") == 1200
