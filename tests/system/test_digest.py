"""The digest changes with every bit, name, dtype and shape, and not with the order of the names."""

from __future__ import annotations

import numpy as np
import pytest

import nnfs
from nnfs import _kernels
from nnfs.system.digest import digest, digest_of_samples

ARRAYS = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.zeros(1, np.float64)}


def test_order_of_names_and_of_bytes_do_not_matter():
    other = {"b": ARRAYS["b"], "a": ARRAYS["a"].astype(">f4")}
    assert digest(other) == digest(ARRAYS)


@pytest.mark.parametrize(
    "other",
    [
        {"a": ARRAYS["a"]},
        {"a": ARRAYS["a"], "c": ARRAYS["b"]},
        {"a": ARRAYS["a"].reshape(3, 2), "b": ARRAYS["b"]},
        {"a": ARRAYS["a"].view(np.int32), "b": ARRAYS["b"]},
        {"a": ARRAYS["a"], "b": -ARRAYS["b"]},
        {"a": np.nextafter(ARRAYS["a"], np.float32(9)), "b": ARRAYS["b"]},
    ],
)
def test_any_difference_changes_the_digest(other):
    assert digest(other) != digest(ARRAYS)
    assert digest(ARRAYS) != digest(ARRAYS, b"text")


def test_the_digest_is_a_sha_256():
    assert digest({}) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_training_gives_the_same_weights_on_any_number_of_threads(backend, capsys):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(64, 1, 9, 9)).astype(np.float32), rng.integers(0, 3, 64)
    before, lines, digests = nnfs.get_num_threads(), [], set()
    try:
        for threads in (1, 2, 3, 4, 7) if _kernels.backend == "cython" else (1, 1):
            nnfs.set_num_threads(threads)
            layers = [
                nnfs.Conv2D(4, 3),
                nnfs.BatchNorm(),
                nnfs.ReLU(),
                nnfs.MaxPool2D(2),
                nnfs.Flatten(),
                nnfs.Dense(3),
            ]
            network = nnfs.Sequential(layers, input_shape=(1, 9, 9), seed=1)
            network.fit(x, y, loss="cross_entropy", epochs=2, batch_size=16, verbose=2)
            lines.append(capsys.readouterr().err.splitlines()[-1])
            digests.add(network.digest())
    finally:
        nnfs.set_num_threads(before)
    assert len(digests) == 1
    assert set(lines) == {f"digest of the weights, net.digest(): SHA-256 {digests.pop()}"}


@pytest.mark.parametrize("row", [0, 1, 17, 9_998, 9_999])
def test_samples_have_the_digest_of_all_of_their_rows(row):
    x = np.zeros((10_000, 40), "f")  # more than is read at a time
    before = digest_of_samples([x])
    assert digest_of_samples([np.repeat(x, 2, axis=0)[::2]]) == before
    x[row, 3] = 1
    assert digest_of_samples([x]) != before


def test_samples_beyond_a_size_have_the_digest_of_some_of_their_rows(monkeypatch):
    x = np.arange(40, dtype="f").reshape(10, 4)
    whole = digest_of_samples([x, None])
    assert whole == digest_of_samples([x.copy(), None])
    others = ([x], [x, x], [x.reshape(20, 2), None], [x.view("i4"), None], [x + (x == 17), None])
    assert whole not in {digest_of_samples(arrays) for arrays in others}
    assert digest_of_samples([x, None], b"about") != whole
    monkeypatch.setattr("nnfs.system.digest.SAMPLED_BYTES", 32)  # the first row and the last one
    assert digest_of_samples([x, None]) == whole
    monkeypatch.setattr("nnfs.system.digest.WHOLE_BYTES", 159)
    part = digest_of_samples([x])
    assert digest_of_samples([x + (x == 17)]) == part
    assert digest_of_samples([x + (x == 39)]) != part
    assert len(digest_of_samples([x[:0]])) == 64
