import copy
import pickle

import numpy as np
import pytest

from nnfs import ShapeError
from nnfs.layers.context import Context, Workspace


def test_a_name_keeps_its_memory_and_a_smaller_batch_is_its_beginning():
    ctx = Context()
    first = ctx.empty("y", (4, 3), np.float32)
    assert ctx.empty("y", (4, 3), np.float32) is first
    small = ctx.empty("y", (2, 3), np.float32)
    assert small.shape == (2, 3)
    assert small.flags.c_contiguous
    assert np.shares_memory(small, first)
    assert np.shares_memory(ctx.empty("y", (4, 3), np.float32), first)
    assert not np.shares_memory(ctx.empty("z", (4, 3), np.float32), first)
    assert ctx.nbytes == 2 * 4 * 3 * 4


def test_it_grows_and_changes_its_type():
    ctx = Context()
    ctx.empty("y", (2, 3), np.float32)
    assert ctx.empty("y", (5, 3), np.float32).shape == (5, 3)
    assert ctx.empty("y", (2, 3), np.float64).dtype == np.float64
    assert ctx.empty("y", (0, 3), np.float64).shape == (0, 3)
    assert ctx.nbytes == 6 * 8


def test_a_buffer_that_cannot_be_addressed_is_a_shape_error():
    with pytest.raises(ShapeError, match=r"a buffer 'y' of shape .* would take 13,835,058,055,282,163,712 bytes"):
        Context().empty("y", (3, 2**30, 2**30), np.float32)


def test_what_is_saved_comes_back_and_what_is_not_says_so():
    ctx = Context()
    ctx.save(x=1, y=2)
    ctx.save(x=3)
    assert (ctx.x, ctx.y) == (3, 2)
    with pytest.raises(AttributeError, match="forward has saved no 'z' in this context; call forward before backward"):
        _ = ctx.z


def test_a_workspace_tells_every_context_what_pass_it_is():
    workspace = Workspace(3)
    rng = np.random.default_rng(0)
    workspace.begin(True, rng)
    assert all(ctx.training and ctx.rng is rng for ctx in workspace)
    workspace[1].empty("y", (10,), np.float64)
    assert workspace.nbytes == 80


def test_contexts_can_be_copied():
    ctx = Context()
    ctx.save(x=np.arange(3))
    for again in (copy.deepcopy(ctx), pickle.loads(pickle.dumps(ctx))):
        np.testing.assert_array_equal(again.x, ctx.x)
