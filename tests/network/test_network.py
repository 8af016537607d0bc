import copy
import pickle
import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from nnfs import (
    Conv2D,
    Dense,
    Dropout,
    DTypeError,
    Facts,
    Flatten,
    MaxPool2D,
    Padding2D,
    ReLU,
    Sequential,
    ShapeError,
    Tanh,
)
from nnfs.testing import check_gradients


def small_cnn(seed=0, dtype="float64", dropout=0.0):
    layers = [Conv2D(4, 3, padding=1), ReLU(), MaxPool2D(2), Flatten(), Dense(8), Tanh(), Dropout(dropout), Dense(3)]
    return Sequential(layers, (2, 6, 7), seed=seed, dtype=dtype)


def images(rows=5, seed=0, dtype="float64"):
    return np.random.default_rng(seed).normal(size=(rows, 2, 6, 7)).astype(dtype)


def test_the_shapes_follow_the_layers():
    net = small_cnn()
    assert net.shapes == [(2, 6, 7), (4, 6, 7), (4, 6, 7), (4, 3, 3), (36,), (8,), (8,), (8,), (3,)]
    assert net.output_shape == (3,)
    assert repr(net).startswith("Sequential([Conv2D(4, 3, padding=1), ReLU(), MaxPool2D(2), Flatten(), Dense(8), ")


def test_a_printed_network_has_a_line_for_each_layer_where_one_line_is_too_long():
    net = small_cnn()
    lines = str(net).splitlines()
    assert lines[:2] == ["Sequential([", "    Conv2D(4, 3, padding=1),"]
    assert (len(lines), lines[-1]) == (len(net.layers) + 2, "], input_shape=(2, 6, 7))")
    short = Sequential([Dense(2)], 3)
    assert str(short) == repr(short)


def test_the_gradients_of_a_whole_network_are_right(backend):
    net = small_cnn()
    start = net.vector.value.copy()

    def function(x, value):
        net.vector.value[...] = value
        net.clear_gradients()
        workspace = net.workspace()
        workspace[0].needs_input_grad = True
        y = net.forward(x, workspace).copy()
        return y, lambda dy: [net.backward(dy, workspace), net.vector.grad]

    check_gradients(function, [images(), start], names=["x", "parameters"])


def test_the_first_parameters_stop_the_way_back():
    net = Sequential([ReLU(), Dense(3), Tanh(), Dense(2)], 4, dtype="float64")
    assert [ctx.needs_input_grad for ctx in net.workspace()] == [False, False, True, True]
    workspace = net.workspace()
    net.forward(np.ones((2, 4)), workspace)
    assert net.backward(np.ones((2, 2)), workspace) is None


def test_the_gradient_of_the_input_passes_first_layers_without_parameters(backend):
    net, x, dy = Sequential([Tanh(), Dense(2)], 3, dtype="float64"), np.ones((4, 3)), np.ones((4, 2))
    workspace = net.workspace()
    workspace[0].needs_input_grad = True
    net.forward(x, workspace)
    want = dy @ net.parameters["1.weight"].value * (1 - np.tanh(x) ** 2)
    np.testing.assert_allclose(net.backward(dy, workspace), want)
    workspace[0].needs_input_grad = False
    assert net.backward(dy, workspace) is None
    assert net.vector.grad.any()


def test_two_passes_at_once_do_not_disturb_each_other(backend):
    net, first, second = small_cnn(), small_cnn().workspace(), small_cnn().workspace()
    y = net.forward(images(seed=1), first)
    alone = y.copy()
    net.forward(images(seed=2), second)
    np.testing.assert_array_equal(y, alone)


def test_a_warm_workspace_is_used_again(backend):
    net = small_cnn(dtype="float32")
    workspace = net.workspace()
    y = net.forward(images(dtype="float32"), workspace)
    size = workspace.nbytes
    assert np.shares_memory(y, net.forward(images(3, dtype="float32"), workspace))
    assert workspace.nbytes == size > 0


@pytest.mark.parametrize("x", [np.zeros((2, 2, 6, 6)), np.zeros((2, 84)), np.zeros((2, 2, 6, 7), np.complex64), None])
def test_no_public_pass_lets_a_wrong_array_through_to_the_kernels(x):
    net = small_cnn()
    workspace = net.workspace()
    for call in (lambda: net.forward(x, workspace), lambda: list(net.trace(x)), lambda: net.predict(x)):
        with pytest.raises((ShapeError, DTypeError), match=r"^x must"):
            call()
    with pytest.raises(ShapeError, match="dy has 2 rows, but 0 went forward in this workspace"):
        net.backward(np.zeros((2, 3)), workspace)
    net.forward(images(2), workspace)
    for dy in (np.zeros((3, 3)), np.zeros((2, 4)), np.zeros(2)):
        with pytest.raises(ShapeError, match=r"^dy "):
            net.backward(dy, workspace)


def test_trace_shows_every_layer():
    net, x = small_cnn(), images()
    shapes, last = [], None
    for layer, output in net.trace(x):
        shapes.append(output.shape[1:])
        last = output.copy()
        assert layer is net.layers[len(shapes) - 1]
    assert shapes == net.shapes[1:]
    np.testing.assert_array_equal(last, net.predict(x))


# Prediction


@pytest.mark.parametrize("batch_size", [1, 2, 5, 100])
def test_the_batch_size_does_not_show_in_predictions(backend, batch_size):
    net, x = small_cnn(), images()
    np.testing.assert_allclose(net.predict(x, batch_size=batch_size), net.predict(x), rtol=1e-12)


def test_each_row_is_predicted_by_itself(backend):
    net, x = small_cnn(dtype="float32"), images(129, dtype="float32")
    together = net.predict(x)
    for rows in (1, 2, 3, 17, 64, 128):
        np.testing.assert_allclose(net.predict(x[:rows]), together[:rows], rtol=1e-6, atol=1e-6)
    # Convolution and pooling by themselves are exact, whatever the company.
    front = Sequential([Conv2D(3, 3), ReLU(), MaxPool2D(2)], (2, 6, 7))
    np.testing.assert_array_equal(front.predict(x)[5], front.predict(x[5:6])[0])


def test_no_rows_are_predicted_as_no_rows(backend):
    net = small_cnn()
    assert net.predict(images(0)).shape == (0, 3)
    assert Sequential([Flatten()], (2, 3), dtype="float64").predict(np.zeros((0, 2, 3))).shape == (0, 6)


def test_predicting_changes_nothing_and_gives_the_result_away(backend):
    net, x = small_cnn(dropout=0.5), images()
    before, random_state = net.state_dict(), copy.deepcopy(net.dropout.bit_generator.state)
    x_before = x.copy()
    first = net.predict(x)
    kept = first.copy()
    first.fill(7)
    np.testing.assert_array_equal(net.predict(x), kept)
    np.testing.assert_array_equal(x, x_before)
    assert net.dropout.bit_generator.state == random_state
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value, before[name])
    passing = Sequential([Dropout(0.5), Flatten()], (2, 3), dtype="float64")
    x = np.ones((2, 2, 3))
    assert not np.shares_memory(passing.predict(x), x)


def test_eight_threads_predict_the_bits_of_one(backend):
    net = small_cnn(dtype="float32")
    batches = [images(16, seed, "float32") for seed in range(8)]
    expected = [net.predict(x, batch_size=5) for x in batches]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            for _ in range(5):
                results = list(pool.map(lambda x: [net.predict(x, batch_size=5) for _ in range(8)], batches))
                for got, wanted in zip(results, expected, strict=True):
                    assert all(result.tobytes() == wanted.tobytes() for result in got)
    finally:
        sys.setswitchinterval(interval)


def test_warm_predictions_keep_no_memory():
    net, x = small_cnn(dtype="float32"), images(64, dtype="float32")
    for _ in range(3):  # the second pass is recorded
        net.predict(x)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(50):
            net.predict(x)
        assert tracemalloc.get_traced_memory()[0] - before < 20_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("shape", [(28, 28, 3), (8, 8, 1), (30, 40, 3)])
def test_an_image_shape_with_channels_last_is_pointed_out(shape):
    words = rf"looks like \(H, W, C\), nnfs wants \(C, H, W\): input_shape=\({shape[2]}, {shape[0]}, {shape[1]}\)"
    with pytest.warns(UserWarning, match=words):
        Sequential([Conv2D(4, (3, 1)), Flatten(), Dense(2)], shape)
    with pytest.raises(ShapeError, match=words):
        Sequential([Conv2D(4, 5)], shape)
    for right in ((3, 28, 28), (16, 100, 1), (7, 7, 3), (1, 50, 3)):
        Sequential([Conv2D(4, 3, padding=1)], right)
    Sequential([Flatten(), Dense(2)], shape)


# Layers


def test_a_layer_used_twice_gets_the_sum_of_both_gradients(backend):
    shared = Dense(4)
    twice = Sequential([shared, Tanh(), shared], 4, dtype="float64")
    apart = Sequential([Dense(4), Tanh(), Dense(4)], 4, dtype="float64")
    assert twice.vector.value.size == 20
    for index in (0, 2):
        apart.parameters[f"{index}.weight"].value[...] = shared.weight.value
    x, dy = np.random.default_rng(0).normal(size=(2, 5, 4))
    for net in (twice, apart):
        workspace = net.workspace()
        net.forward(x, workspace)
        net.backward(dy, workspace)
    both = apart.parameters["0.weight"].grad + apart.parameters["2.weight"].grad
    np.testing.assert_allclose(shared.weight.grad, both, rtol=1e-12)
    assert list(twice.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias"]


def test_a_layer_that_would_need_two_sets_of_parameters_is_refused():
    for shared, shape in [(Dense(4), 3), (MaxPool2D(2, stride=1), (1, 4, 4)), (Conv2D(1, 2), (1, 4, 4))]:
        with pytest.raises(ShapeError, match=r"layer 1, .*, stands in the network twice, for samples of shape"):
            Sequential([shared, shared], shape)
    relu = ReLU()
    Sequential([Dense(3), relu, Dense(2), relu], 4)


def test_a_layer_of_another_network_is_refused():
    for layer, shape in [(Dense(3), 4), (MaxPool2D(2), (1, 4, 4))]:
        Sequential([layer], shape)
        with pytest.raises(ValueError, match=r"layers\[0\], .*, belongs to another network already; make a new one"):
            Sequential([layer], shape)


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ([], r"layers must be a list of at least one layer, got \[\]"),
        (None, "layers must be a list"),
        (Dense(3), "layers must be a list"),
        ([Dense], r"layers\[0\] is the class Dense; make one of it: Dense\(\.\.\.\)"),
        ([Dense(3), "relu"], r"layers\[1\] must be a layer, got 'relu' of type str"),
    ],
)
def test_what_are_no_layers_is_refused(layers, words):
    with pytest.raises(DTypeError, match=words):
        Sequential(layers, 3)


def test_a_shape_error_gives_index_name_chain_and_fix():
    with pytest.raises(ShapeError) as caught:
        Sequential([Conv2D(8, 3), ReLU(), Dense(10)], (1, 28, 28))
    assert str(caught.value) == (
        "layer 2, Dense(10): Dense needs samples (D,) or (T, D), got samples of shape (8, 26, 26); put Flatten() "
        "before it: [..., Flatten(), Dense(10)]. Shapes so far: (1, 28, 28) -> Conv2D (8, 26, 26) -> ReLU (8, 26, 26)"
    )


def test_the_same_seed_gives_the_same_weights_and_numpys_generator_is_left_alone():
    state = np.random.get_state()[1].copy()
    first, again, other = small_cnn(3), small_cnn(np.int64(3)), small_cnn(4)
    np.testing.assert_array_equal(first.vector.value, again.vector.value)
    assert (first.vector.value != other.vector.value).any()
    np.testing.assert_array_equal(np.random.get_state()[1], state)
    single = small_cnn(3, "float32")
    np.testing.assert_array_equal(single.vector.value, first.vector.value.astype(np.float32))


def test_a_network_without_parameters_runs():
    net = Sequential([Padding2D(1), ReLU(), Flatten()], (1, 2, 2))
    assert net.state_dict() == {}
    assert net.predict(np.ones((2, 1, 2, 2), np.float32)).sum() == 8


# State


def test_the_state_is_named_and_laid_out_as_in_pytorch(torch):
    net = small_cnn(dtype="float32")
    rival = torch.nn.Sequential(
        torch.nn.Conv2d(2, 4, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d(2),
        torch.nn.Flatten(),
        torch.nn.Linear(36, 8),
        torch.nn.Tanh(),
        torch.nn.Dropout(0),
        torch.nn.Linear(8, 3),
    )
    state = net.state_dict()
    assert [(k, v.shape) for k, v in state.items()] == [(k, tuple(v.shape)) for k, v in rival.state_dict().items()]
    net.load_state_dict(rival.state_dict())
    x = images(dtype="float32")
    np.testing.assert_allclose(net.predict(x), rival(torch.tensor(x)).detach().numpy(), rtol=1e-4, atol=1e-6)


def test_a_state_is_a_copy_and_comes_back():
    net, other = small_cnn(0), small_cnn(1)
    state = net.state_dict()
    other.load_state_dict(state)
    np.testing.assert_array_equal(other.vector.value, net.vector.value)
    state["0.weight"].fill(0)
    assert net.vector.value.any()
    np.testing.assert_array_equal(other.vector.value, net.vector.value)
    assert np.shares_memory(other.layers[0].weight.value, other.vector.value)
    other.load_state_dict({name: value.tolist() for name, value in net.state_dict().items()})


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_a_copy_is_a_whole_network_of_its_own(how):
    net, x, y = small_cnn(), images(), np.arange(5) % 3
    net.fit(x, y, loss="cross_entropy", verbose=0)
    twin, before = how(net), net.predict(x)
    np.testing.assert_array_equal(twin.predict(x), before)
    twin.fit(x, y, loss="cross_entropy", verbose=0)
    assert (twin.predict(x) != before).any()
    np.testing.assert_array_equal(net.predict(x), before)
    net.fit(x, y, loss="cross_entropy", verbose=0)
    np.testing.assert_array_equal(net.predict(x), twin.predict(x))


def test_a_prediction_converts_a_mapped_array_batch_by_batch(backend, tmp_path):
    net = Sequential([Dense(2)], 1000)
    for dtype in ("uint8", "int16", "float32"):
        x = np.memmap(tmp_path / dtype, dtype, "w+", shape=(2000, 1000))
        x[...] = np.arange(1000) % 7
        wanted = net.predict(np.asarray(x).astype("float32"))
        net.predict(x[:20], batch_size=10)  # buffers and imports
        tracemalloc.start()
        found = net.predict(x)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        np.testing.assert_array_equal(found, wanted)
        assert peak < 4e6  # the whole is 8e6 as float32
    with pytest.raises(DTypeError, match=r"^x must be float32 .*, got float64; .*x\.astype\('float32'\)"):
        net.predict(np.memmap(tmp_path / "float64", "float64", "w+", shape=(300, 1000)))
    with pytest.raises(ShapeError, match=r"^x must have shape \(N, 1000\)"):
        net.predict(np.memmap(tmp_path / "shape", "float32", "w+", shape=(300, 999)))


def test_called_a_network_predicts(backend):
    net = Sequential([Dense(3), Dropout(0.5)], 4)
    x = np.random.default_rng(0).normal(size=(300, 4)).astype(np.float32)
    np.testing.assert_array_equal(net(x), net.predict(x))
    with pytest.raises(ShapeError):
        net(x[0])


def test_a_notebook_shows_what_a_network_is_whatever_its_classes_are_called():
    net = Sequential([Dense(12)], 4, seed=7)
    assert "<p><b>Sequential</b>: dtype float32, seed 7</p><table>" in net._repr_html_()
    net.facts = Facts(class_names=["<script>", *map(str, range(11))], columns=["a", "b", "<c>", "d"])
    net.loss = "cross_entropy"
    html = net._repr_html_()
    assert "loss CrossEntropy(" in html
    assert "class_names (&lt;script&gt;, 0, 1, 2, 3, 4, 5, 6, 7, 8, … 12 in all)" in html
    assert "columns (a, b, &lt;c&gt;, d)" in html
    assert "<script>" not in html
    assert "Dense(12)" in html
