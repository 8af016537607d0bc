"""All contestants have equal outputs and equal first losses."""

from __future__ import annotations

import numpy as np
import pytest

import nnfs
from nnfs.profiling import contestants, find_network, installed_rivals

NAMES = ["moons MLP", "MLP", "cnn-1", "LeNet-5", "strided", "odd sizes", "ResNet-8"]


@pytest.fixture(autouse=True)
def one_thread():
    """Set nnfs to one thread. PyTorch then gets one thread, too, and keeps it for later tests."""
    before = nnfs.get_num_threads()
    nnfs.set_num_threads(1)
    yield
    nnfs.set_num_threads(before)


@pytest.mark.parametrize("name", NAMES)
def test_training_steps_have_the_losses_of_pytorch(name, torch):
    made = contestants.step_contestants(find_network(name), ["torch"])
    assert set(made) == {"nnfs", "torch"} | (set() if name in NAMES[:2] else {"torch channels_last"})
    losses = {who: [step() for _ in range(3)] for who, step in made.items()}
    for found in losses.values():
        np.testing.assert_allclose(found, losses["nnfs"], rtol=1e-4)


def test_pytorch_drops_units_in_its_own_way(torch):
    twin, _ = contestants._torch_twin(find_network("tiny"), contestants.TORCH, find_network("tiny").batch()[0])
    assert isinstance(twin.model[2], torch.nn.Dropout)


@pytest.mark.parametrize("name", NAMES)
def test_predictions_are_those_of_pytorch(name, torch):
    made = contestants.predict_contestants(find_network(name), ["torch"], 5)
    for who, predict in made.items():
        np.testing.assert_allclose(np.asarray(predict()), made["nnfs"](), rtol=1e-3, atol=1e-4, err_msg=who)


@pytest.mark.parametrize("layout", [contestants.TORCH, contestants.CHANNELS_LAST])
def test_passes_have_the_outputs_and_gradients_of_pytorch(layout, torch):
    network = nnfs.Sequential([nnfs.Conv2D(4, 3, groups=4), nnfs.ReLU()], (4, 6, 7))
    rng = np.random.default_rng(0)
    x, dy = (rng.normal(size=(2, *shape)).astype(np.float32) for shape in (network.input_shape, network.output_shape))
    for ours, theirs in zip(
        contestants.nnfs_passes(network, x, dy), contestants.torch_passes(network, x, dy, layout), strict=True
    ):
        for _ in range(2):  # the second call must not add its gradients to those of the first
            np.testing.assert_allclose(ours(), theirs(), atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_predictions_are_those_of_onnxruntime(name):
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    made = contestants.predict_contestants(find_network(name), ["onnxruntime"], 5)
    (outputs,) = made["onnxruntime"]()
    np.testing.assert_allclose(outputs, made["nnfs"](), rtol=1e-3, atol=1e-4)


def test_a_rival_that_is_missing_has_no_version(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert installed_rivals() == {"torch": None, "onnxruntime": None}
