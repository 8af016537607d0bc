import copy
import pickle

import numpy as np
import pytest

from nnfs.layers.context import Context, Workspace


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
