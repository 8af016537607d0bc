"""Replay: a replayed pass is a plain one, bit for bit."""

from __future__ import annotations

import copy
import threading

import numpy as np
import pytest
from layer_examples import all_examples
from passes import all_passes, assert_same, batches, blocks, one_pass, stack, workspace_of
from trainings import plainly

import nnfs
from nnfs import (
    BackendError,
    Dense,
    Dropout,
    LayerNorm,
    LeakyReLU,
    Sequential,
    Sigmoid,
    Tanh,
)
from nnfs._kernels import kernels
from nnfs.network import replay

pytestmark = pytest.mark.skipif(not replay.is_enabled(), reason="NNFS_REPLAY=0, or nothing was compiled")

EXAMPLES = all_examples()


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_each_layer_is_replayed_as_it_is_written(backend, example):
    for before, after in (((), ()), ((LeakyReLU(0.5),), (LeakyReLU(0.25),))):
        layers = copy.deepcopy([*before, example.layer, *after])
        net = Sequential(layers, example.input_shape, seed=5)
        twin = copy.deepcopy(net)
        pairs = batches(net, [3] * 5)
        for training in (True, False):
            found, workspace = all_passes(net, pairs, training)
            wanted, plain = plainly(all_passes, twin, pairs, training)
            assert_same(found, wanted)
            assert plain.replay is None
            assert (workspace.recording is not None) == all(map(replay.is_replayable, net.nodes))


def test_the_nodes_of_fused_layers_are_replayed(backend):
    assert {type(node) for node in stack().nodes} <= set(replay.REPLAYABLE)
    _, workspace = all_passes(net := stack(), batches(net, [3] * 3))
    assert workspace.recording is not None
    assert workspace.recording.backward is not None


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("fuse", [False, True])
@pytest.mark.parametrize(
    "rows",
    [[4] * 6, [4, 4, 4, 2, 4, 4, 2, 4], [2, 2, 2, 5, 2, 2, 2], [3, 4, 4, 3, 3, 3, 4, 4, 4], [1] * 4, [4, 0, 0, 0, 4]],
)
def test_batches_of_other_sizes_between_change_nothing(backend, rows, fuse, dtype):
    def run():
        net = stack(fuse=fuse, dtype=dtype)
        workspace = net.workspace()
        return [one_pass(net, workspace, x, dy, training=len(x) != 2) for x, dy in batches(net, rows)]

    assert_same(run(), plainly(run))


def test_a_gradient_of_the_input_that_is_wanted_from_now_on_is_computed(backend):
    def run():
        net = stack()
        workspace = workspace_of(net, wants_input_grad=False)
        found = []
        for count, (x, dy) in enumerate(batches(net, [3] * 9)):
            workspace[0].needs_input_grad = count in (4, 5, 6)
            found.append(one_pass(net, workspace, x, dy))
        return found

    assert_same(run(), plainly(run))


def test_a_pass_of_the_layers_themselves_is_followed_by_its_own_way_back(backend):
    def run():
        net = stack()
        workspace = workspace_of(net)
        pairs = batches(net, [3] * 5)
        found = [one_pass(net, workspace, x, dy) for x, dy in pairs]
        net.layers.forward(pairs[0][0], workspace)
        return found, net.backward(pairs[0][1], workspace).copy(), net.vector.grad.copy()

    assert_same(run(), plainly(run))


def test_two_ways_back_add_two_gradients(backend):
    def run():
        net = stack()
        workspace = workspace_of(net)
        pairs = batches(net, [3] * 5)
        found = [one_pass(net, workspace, x, dy) for x, dy in pairs]
        for _, dy in pairs:
            net.backward(dy, workspace)
        return found, net.vector.grad.copy()

    assert_same(run(), plainly(run))


def test_batches_that_lie_in_memory_of_the_network_are_read_as_batches_only(backend):
    def run():
        net = Sequential([Dense(4), LeakyReLU(0.5), Dense(4)], 4, seed=2)
        workspace = workspace_of(net)
        own = [net.parameters[f"{index}.weight"].value for index in (0, 2)]
        found = []
        for x, dy in batches(net, [4] * 9):
            for batch, gradient in ((own[0], dy), (own[1], own[0]), (x, own[1]), (own[0], dy), (x, dy)):
                y = net.forward(batch, workspace, training=True).copy()
                found.append((y, net.backward(gradient, workspace).copy(), net.vector.grad.copy()))
            found.append(net.forward(net.forward(x, workspace), workspace).copy())  # what the workspace holds itself
        return found

    assert_same(run(), plainly(run))


def test_a_way_back_whose_way_forward_was_replayed_is_not_recorded(backend):
    def run():
        net = Sequential([Dense(4), LeakyReLU(0.5), Dense(4)], 4, seed=2)
        workspace = workspace_of(net)
        (x, dy), (other, _) = batches(net, [4] * 2)
        for _ in range(3):
            net.forward(x, workspace, training=True)
        weight = net.parameters["2.weight"].value
        return [one_pass(net, workspace, batch, dy)[:3] for batch in (weight, x, other)]

    assert_same(run(), plainly(run))


def test_a_batch_is_neither_written_nor_kept(backend):
    net = stack()
    pairs = batches(net, [3] * 5)
    before = copy.deepcopy(pairs)
    workspace = workspace_of(net)
    for x, dy in pairs:
        one_pass(net, workspace, x, dy)
    assert_same(pairs, before)
    x, dy = pairs[0]
    y = net.forward(x, workspace, training=False).copy()
    x[...] = 0
    for _ in range(3):
        assert_same(net.forward(before[0][0], workspace, training=False), y)


def test_layers_that_come_from_elsewhere_or_draw_within_others_run_as_they_are_written(backend):
    class Mine(Dense):
        """A layer from outside the package."""

    for layer in (Mine(3), nnfs.Residual([Dense(3), Dropout(0.5)]), nnfs.Residual([Mine(3)])):
        net = Sequential([Dense(3), layer, Dense(2)], 4)
        _, workspace = all_passes(net, batches(net, [3] * 4))
        assert workspace.recording is None


def test_what_another_thread_computes_meanwhile_is_not_recorded(backend, monkeypatch):
    net, other = stack(), stack()
    pairs = batches(net, [3] * 3)
    workspace, dense = workspace_of(net), kernels.dense_forward

    def meanwhile(*arguments, **named):
        if threading.current_thread() is threading.main_thread():
            thread = threading.Thread(target=other.predict, args=pairs[0][:1])
            thread.start()
            thread.join()
        return dense(*arguments, **named)

    with monkeypatch.context() as patch:
        patch.setitem(vars(kernels), "dense_forward", meanwhile)
        for x, dy in pairs[:2]:
            one_pass(net, workspace, x, dy)
    twin = copy.deepcopy(net)
    assert_same(one_pass(net, workspace, *pairs[2]), one_pass(twin, workspace_of(twin), *pairs[2]))
    names = [call.function for call in workspace.recording.forward.calls]
    assert names.count("dense_forward") == 1
    assert len(names) == 7


def test_threads_that_record_and_replay_at_the_same_time_do_not_meet(backend):
    net = stack()
    pairs = batches(net, [1, 2, 3, 4])
    wanted = [net.predict(x) for x, _ in pairs]
    wrong = []

    def predict(x, want):
        workspace = net.workspace()
        for _ in range(60):
            workspace.replay = net.workspace().replay  # so that it records again and again
            wrong.extend(1 for _ in range(5) if not np.array_equal(net.forward(x, workspace), want))

    threads = [threading.Thread(target=predict, args=(x, want)) for (x, _), want in zip(pairs, wanted, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_layers_that_stand_in_a_network_twice_are_replayed(backend):
    def run():
        dense, tanh, dropout = Dense(4), Tanh(), Dropout(0.5)
        net = Sequential([dense, tanh, dropout, dense, tanh, dropout], 4, seed=1)
        return all_passes(net, batches(net, [3] * 5))

    found, workspace = run()
    assert_same(found, plainly(run)[0])
    assert len(workspace.recording.forward.calls) == 6


def test_kernels_within_blocks_are_replayed_without_the_python_of_the_blocks(backend):
    def run():
        net = blocks()
        workspace = workspace_of(net)
        passes = [one_pass(net, workspace, x, dy, training=len(x) != 2) for x, dy in batches(net, [4] * 4 + [2] * 4)]
        x, dy = batches(net, [4])[0]
        net.layers[0].body[0].trainable = False
        passes += [one_pass(net, workspace, x, dy)]
        net.layers[1].negative_slope = 0.5
        net.layers[0].body[3].body[0].weight.value = np.ones((2, 2, 1, 1), "float32")
        return [*passes, *(one_pass(net, workspace, x, dy, training) for training in (True, True, False))], workspace

    (found, workspace), (wanted, plain) = run(), plainly(run)
    assert_same(found, wanted)
    assert plain.recording is None
    called = [call.called.__qualname__ for call in workspace.replay.recording.forward.calls if call.bound is None]
    assert not any("Residual" in name for name in called)
    assert sum("Tanh" in name for name in called) == 1


def test_activations_written_in_numpy_are_as_before_once_they_are_recorded(backend):
    net = Sequential([Dense(3), Tanh(), Dense(3), Sigmoid()], 4)
    before = [dict(vars(layer)) for layer in net.layers]
    _, workspace = all_passes(net, batches(net, [3] * 4))
    assert [vars(layer) for layer in net.layers] == before
    assert len(workspace.recording.forward.calls) == len(net.nodes)


def test_an_environment_that_says_neither_yes_nor_no_is_refused(monkeypatch):
    monkeypatch.setenv("NNFS_REPLAY", "maybe")
    with pytest.raises(BackendError, match="NNFS_REPLAY is 'maybe'; it must be '0' or '1'"):
        stack().predict(np.zeros((1, 2, 6, 6), np.float32))


def test_the_plan_names_the_nodes_that_keep_a_network_from_being_replayed(capsys, monkeypatch):
    net = Sequential([Dense(3), nnfs.Residual([Dropout(0.5)]), Dense(2), LayerNorm()], 5)
    net.summary(plan=True)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0][-2:] == ["replayed", "bytes"]
    assert [line[-2] for line in lines[2:]] == ["yes", "no", "yes", "yes", "no"]
    stack().summary(plan=True)
    assert {line.split()[-2] for line in capsys.readouterr().out.splitlines()[2:]} == {"yes"}
    monkeypatch.setenv("NNFS_REPLAY", "0")
    stack().summary(plan=True)
    assert {line.split()[-2] for line in capsys.readouterr().out.splitlines()[2:]} == {"no"}


def test_smaller_batches_have_a_recording_beside_and_both_go_when_a_larger_one_needs_larger_buffers(backend):
    def run():
        net = stack()
        workspace = workspace_of(net)
        passes, recordings = [], []
        for x, dy in batches(net, [4, 4, 4, 2, 4, 2, 4, 2, 3, 2, 4, 5, 4, 2, 4]):
            passes.append(one_pass(net, workspace, x, dy))
            recordings.append(workspace.recording)
        return passes, recordings

    passes, recordings = run()
    assert_same(passes, plainly(run)[0])
    first, last = recordings[1], recordings[5]
    assert None not in (first, last)
    assert first is not last
    assert recordings[:5] == [None, first, first, None, first]
    assert recordings[5:11] == [last, first, last, None, last, first]
    assert recordings[11:14] == [None, None, None]
    assert recordings[14] is None  # the second in a row of its kind makes a new one
