import numpy as np
import pytest

from nnfs import ShapeError
from nnfs.layers.scratch import Scratch


def test_a_name_keeps_its_memory_and_a_smaller_batch_is_its_beginning():
    scratch = Scratch()
    first = scratch.empty("y", (4, 3), np.float32)
    assert scratch.empty("y", (4, 3), np.float32) is first
    small = scratch.empty("y", (2, 3), np.float32)
    assert small.shape == (2, 3)
    assert small.flags.c_contiguous
    assert np.shares_memory(small, first)
    assert np.shares_memory(scratch.empty("y", (4, 3), np.float32), first)
    assert not np.shares_memory(scratch.empty("z", (4, 3), np.float32), first)
    assert scratch.nbytes == 2 * 4 * 3 * 4


def test_it_grows_and_changes_its_type():
    scratch = Scratch()
    scratch.empty("y", (2, 3), np.float32)
    assert scratch.empty("y", (5, 3), np.float32).shape == (5, 3)
    assert scratch.empty("y", (2, 3), np.float64).dtype == np.float64
    assert scratch.empty("y", (0, 3), np.float64).shape == (0, 3)
    assert scratch.nbytes == 6 * 8


def test_a_buffer_that_cannot_be_addressed_is_a_shape_error():
    with pytest.raises(ShapeError, match=r"a buffer 'y' of shape .* would take 13,835,058,055,282,163,712 bytes"):
        Scratch().empty("y", (3, 2**30, 2**30), np.float32)
