"""A training that is stopped after some steps and goes on from its newest checkpoint."""

from __future__ import annotations

import numpy as np
from trainings import Interrupt, problem

from nnfs import BatchNorm, Dense, Dropout, ReLU, Sequential
from nnfs.callbacks import Checkpoint
from nnfs.optimizers import SGD, Adam, AdamW, RMSprop
from nnfs.schedules import Cosine, WarmUp

OPTIMIZERS = {
    "momentum": lambda: SGD(WarmUp(Cosine(0.2, 12), 4), momentum=0.9, nesterov=True),
    "adam": lambda: Adam(Cosine(0.02, 20)),
    "adamw": lambda: AdamW(0.01),
    "rmsprop": lambda: RMSprop(0.003),
}


def jitter(x, rng):
    return x + rng.normal(scale=0.1, size=x.shape).astype(x.dtype)


def train(folder, *, optimizer="adam", resume=False, after=None, every_steps=1, callbacks=(), seed=3, **arguments):
    """Train on 32 samples, held out of 40, in batches of 5: 7 steps an epoch, the last one smaller."""
    net = Sequential([Dense(6), BatchNorm(), ReLU(), Dropout(0.3), Dense(3)], 4, seed=seed)
    x, y = problem()
    others = [Interrupt(after)] if after else []
    fixed = {
        "loss": "cross_entropy",
        "optimizer": OPTIMIZERS[optimizer](),
        "epochs": 3,
        "batch_size": 5,
        "validation_split": 0.2,
        "augment": [jitter],
        "sample_weight": np.linspace(0.5, 1, 40),
        "verbose": 0,
    }
    history = net.fit(
        x,
        y,
        **fixed | arguments,
        callbacks=[*others, *callbacks, Checkpoint(folder, every_steps=every_steps, resume=resume)],
    )
    return fingerprint(net, history)


def fingerprint(net, history):
    epochs = [{name: value for name, value in figures.items() if name != "seconds"} for figures in history.epochs]
    generators = [rng.bit_generator.state for rng in (net.shuffling, net.dropout, net.augmentation)]
    return {name: array.tobytes() for name, array in net.state_dict().items()}, history.step_losses, epochs, generators
