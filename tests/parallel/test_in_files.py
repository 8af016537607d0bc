"""Values in files: arrays are mapped into memory, everything else is as it was, and what is sent is small."""

from __future__ import annotations

import os
import pickle

import numpy as np
import pytest

from nnfs.errors import DTypeError
from nnfs.parallel.in_files import in_files


def test_a_value_is_the_same_again_and_small_on_its_way():
    value = {"x": np.arange(1_000_000.0), "pair": (np.ones(3, np.int64), [np.zeros((2, 0))]), "epochs": 3}
    with in_files(value) as found:
        sent = pickle.dumps(found)
        there = pickle.loads(sent).open()
        assert len(sent) < 500
        assert there["epochs"] == 3
        for got, want in ((there["x"], value["x"]), (there["pair"][0], value["pair"][0])):
            assert np.array_equal(got, want)
            assert type(got) is np.ndarray
        assert there["pair"][1][0].shape == (2, 0)
        assert not there["x"].flags.writeable
        assert there["x"] is pickle.loads(sent).open()["x"]
    assert not os.path.exists(found.folder)


def test_python_objects_are_refused():
    with pytest.raises(DTypeError, match="object"), in_files([np.array([object()])]):
        pass
