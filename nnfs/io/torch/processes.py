"""What is measured in processes of their own, beside PyTorch: the time of an import, and the peak of memory."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from statistics import median

import numpy as np

from ..._kernels.interface import Array
from ..._kernels.threads import get_num_threads
from ...optimizers import Optimizer
from ...sequential import Sequential
from ...training.trainer import Trainer
from .twin import TorchTwin

FRAMEWORKS = ("nnfs", "torch")
ROUNDS = 3
IMPORT = "import time; began = time.perf_counter(); import {}; print(time.perf_counter() - began)"
TRAINING = """
import {framework}
def resident():
    with open("/proc/self/status") as file:
        return int(file.read().split("VmRSS:")[1].split()[0]) * 1024
before = resident()
from nnfs.io.torch.processes import train
added = resident() - before
print(train("{framework}", {folder!r}, {steps}) - added)
"""
"""Train in a process, and print its peak of memory, without what the import of this file adds to it."""


def import_seconds() -> dict[str, float]:
    """Return the seconds that the import of each framework takes: medians of three new processes, in turns."""
    rounds = [{name: float(_output("-c", IMPORT.format(name))) for name in FRAMEWORKS} for _ in range(ROUNDS)]
    return {name: median(each[name] for each in rounds) for name in FRAMEWORKS}


def peak_bytes(network: Sequential, optimizer: Optimizer, x: Array, y: Array, steps: int) -> dict[str, int] | None:
    """Return the largest resident memory of a process that takes steps on a batch, for each framework.

    It is that of the whole process while it trains, Python and NumPy included. PyTorch's process copies its network
    from nnfs, which it then drops; what the import of nnfs adds there is taken off. None where the system does not
    tell it: only Linux does.
    """
    if _resident("VmHWM") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        importlib.import_module("nnfs").save(network, os.path.join(folder, "net.safetensors"))
        np.savez(os.path.join(folder, "batch.npz"), x=x, y=y)
        settings = {name: value for name, value in vars(optimizer).items() if name not in ("schedule", "learning_rate")}
        with open(os.path.join(folder, "optimizer.json"), "w", encoding="utf-8") as file:
            json.dump({"name": type(optimizer).__name__} | settings, file)
        programs = {name: TRAINING.format(framework=name, folder=folder, steps=steps) for name in FRAMEWORKS}
        return {name: int(_output("-c", program)) for name, program in programs.items()}


def _output(*words: str) -> str:
    return subprocess.run([sys.executable, "-P", *words], stdout=subprocess.PIPE, text=True, check=True).stdout


def _resident(field: str) -> int | None:
    """Return the resident memory of this process in bytes: for the field VmRSS now, for VmHWM the peak."""
    try:
        with open("/proc/self/status", encoding="utf-8") as file:
            lines = dict(line.split(":", 1) for line in file)
        return int(lines[field].split()[0]) * 1024
    except (OSError, KeyError):
        return None


def train(framework: str, folder: str, steps: int) -> int:
    """Take steps on the network and the batch in a folder, and return the peak of this process's memory in bytes."""
    nnfs = importlib.import_module("nnfs")
    network = nnfs.load(os.path.join(folder, "net.safetensors"))
    with open(os.path.join(folder, "optimizer.json"), encoding="utf-8") as file:
        settings = json.load(file)
    optimizer = getattr(nnfs.optimizers, settings.pop("name"))(0.0, **settings)
    with np.load(os.path.join(folder, "batch.npz")) as batch:
        x, y = batch["x"], batch["y"]
    step = (_nnfs_step if framework == "nnfs" else _torch_step)(network, optimizer, x, y)
    del network
    with suppress(OSError), open("/proc/self/clear_refs", "w", encoding="utf-8") as file:
        file.write("5")  # the peak begins anew, without what was needed to read and to copy
    for _ in range(steps):
        step()
    return _resident("VmHWM") or 0


def _nnfs_step(network: Sequential, optimizer: Optimizer, x: Array, y: Array) -> Callable[[], float]:
    assert network.loss is not None
    trainer = Trainer(network, loss=network.loss, optimizer=optimizer)
    return lambda: trainer.step(x, y)


def _torch_step(network: Sequential, optimizer: Optimizer, x: Array, y: Array) -> Callable[[], float]:
    assert network.loss is not None
    twin = TorchTwin(network, loss=network.loss, optimizer=optimizer)
    twin.torch.set_num_threads(get_num_threads())
    samples, targets = twin.torch.from_numpy(x), twin.torch.from_numpy(y)
    return lambda: twin.step(samples, targets, 0)
