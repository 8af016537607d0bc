"""The sign to end: a copy that went to another process is never set."""

from __future__ import annotations

import pickle

from nnfs.parallel.stop import Stop


def test_a_copy_is_not_set():
    stop = Stop()
    stop.set()
    assert not pickle.loads(pickle.dumps(stop)).is_set()
