"""Checkpoints of a training that is killed, again and again, without a warning."""

from __future__ import annotations

import random
import subprocess
import sys
import time

from effort import times

from nnfs.io.checkpoints import list_checkpoints, load_checkpoint

KILLS = times(10)
"""How often the process is killed."""

PROGRAM = """
import sys
import numpy as np
import nnfs
from nnfs.callbacks import Checkpoint, EarlyStopping
from nnfs.schedules import Cosine

def jitter(x, rng):
    return x + rng.normal(scale=0.1, size=x.shape).astype(x.dtype)

rng = np.random.default_rng(0)
x = rng.normal(size=(60, 1, 8, 8)).astype(np.float32)
y = rng.integers(0, 3, 60)
net = nnfs.CNN((1, 8, 8), 4, 3, hidden_units=[16], output_shape=3, dropout=0.2, seed=5)
print("ready", flush=True)
history = net.fit(x, y, loss="cross_entropy", optimizer=nnfs.optimizers.Adam(Cosine(0.01, 90)), epochs=6, batch_size=4,
                  validation_split=0.2, augment=[jitter], verbose=0,
                  callbacks=[Checkpoint(sys.argv[1], every_steps=1, resume=True), EarlyStopping()])
figures = [[value for name, value in epoch.items() if name != "seconds"] for epoch in history.epochs]
print(net.digest(), figures, history.step_losses, file=sys.stderr)
"""


def start(folder):
    """Start the program; what it has to say comes by stderr, so that who waits for "ready" does not take it away."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([sys.executable, "-c", PROGRAM, folder], text=True, **pipes)


def test_killed_at_random_moments_it_ends_with_the_same_bits(tmp_path):
    whole = start(tmp_path / "whole")
    assert whole.stdout.readline() == "ready\n"
    began = time.monotonic()
    _, wanted = whole.communicate()
    assert wanted
    longest = time.monotonic() - began  # of training alone: a time in which most runs end would kill few
    chance = random.Random(0)
    kills = runs = 0
    while kills < KILLS or not runs:
        folder = tmp_path / f"run {runs}"
        while True:
            process = start(folder)
            assert process.stdout.readline() == "ready\n"
            try:
                _, found = process.communicate(timeout=chance.uniform(0, longest) if kills < KILLS else None)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                kills += 1
                if paths := list_checkpoints(folder):
                    load_checkpoint(paths[-1])  # the newest is always whole: it took its name when it was
                continue
            assert process.returncode == 0
            assert found == wanted
            break
        runs += 1
