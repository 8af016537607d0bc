"""Mutated safetensors files: of weights, and of whole networks, whose layers are a text in the header."""

from __future__ import annotations

import json

import numpy as np
import pytest
from fuzzing import as_json, mutate_bytes, mutate_value, survive
from safetensors.numpy import save

import nnfs
from nnfs import FormatError, UnsupportedError
from nnfs.io import load_weights
from nnfs.io.architecture import digest_of
from nnfs.io.weights import read

LAYERS = [
    nnfs.Normalization(),
    nnfs.Conv2D(4, 3, padding="same", stride=(1, 2)),
    nnfs.BatchNorm(),
    nnfs.LeakyReLU(),
    nnfs.Residual([nnfs.Conv2D(4, (1, 3), padding=(0, 1), groups=2), nnfs.GELU()]),
    nnfs.Concat([[nnfs.MaxPool2D(2, padding=1)], [nnfs.AvgPool2D(2, stride=2, padding=1, count_include_pad=False)]]),
    nnfs.ConvTranspose2D(2, 2, stride=2, output_padding=1, dilation=2),
    nnfs.Padding2D((0, 1, 1, 0)),
    nnfs.Upsample2D(2, mode="bilinear"),
    nnfs.LayerNorm(),
    nnfs.Dropout(0.5),
    nnfs.Flatten(),
    nnfs.Dense(6),
    nnfs.Reshape((2, 3, 1)),
    nnfs.GlobalAvgPool2D(),
    nnfs.Dense(3),
    nnfs.Softmax(),
]


@pytest.fixture(scope="module")
def network():
    return nnfs.Sequential(LAYERS, (1, 6, 6), seed=1)


def join(header, data):
    return len(header).to_bytes(8, "little") + header + data


def split(whole):
    end = 8 + int.from_bytes(whole[:8], "little")
    return json.loads(whole[8:end]), whole[end:]


def test_weights(tmp_path, monkeypatch):
    path = tmp_path / "w.safetensors"
    arrays = (np.ones((2, 3), "f4"), np.arange(5), np.zeros(0, "?"), np.array(1.5), np.ones(2) > 0)
    nnfs.io.save_weights(dict(zip("abcde", arrays, strict=True)), path)
    whole = path.read_bytes()
    header, data = split(whole)

    def mutate(rng):
        if rng.randrange(3) == 0:
            return mutate_bytes(rng, whole)
        return join(as_json(rng, mutate_value(rng, header)).encode(errors="surrogatepass"), data)

    def load(case):
        path.write_bytes(case)
        for array in load_weights(path).values():
            array.copy()

    survive("safetensors weights", mutate, load, (FormatError, UnsupportedError), monkeypatch)


def test_networks(network, tmp_path, monkeypatch):
    path = tmp_path / "n.safetensors"
    nnfs.save(network, path)
    whole = path.read_bytes()
    arrays, metadata = read(path)
    text = json.loads(metadata["nnfs"])
    del text["sha256"]

    def mutate(rng):
        """Change bytes of the file, or change the text, and sometimes an array, and correct the digest."""
        if rng.randrange(8) == 0:
            return mutate_bytes(rng, whole)
        changed, kept = mutate_value(rng, text), dict(arrays)
        if rng.randrange(4) == 0:
            name = rng.choice(list(kept))
            part = np.atleast_1d(kept.pop(name))[:1]
            kept[rng.choice((name, "0.weight", "x"))] = rng.choice((part, np.ones(3), np.ones((1, 2), int)))
        if isinstance(changed, dict):
            changed["sha256"] = digest_of(changed, kept)
        return kept, metadata | {"nnfs": json.dumps(changed)}

    def load(case):
        if isinstance(case, bytes):
            path.write_bytes(case)
        else:
            path.write_bytes(save(*case))  # faster than the writer of nnfs, which calls fsync
        found = nnfs.load(path)
        if np.prod(found.input_shape) < 10_000:
            found.predict(np.zeros((2, *found.input_shape), found.dtype))

    survive("safetensors networks", mutate, load, (FormatError, UnsupportedError), monkeypatch)
