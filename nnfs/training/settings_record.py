"""The settings of a training: what it must have in common with one that it goes on with, as plain data."""

from __future__ import annotations

import types
from typing import Any

from .plan import Plan
from .step import Stepper


def settings_of(trainer: Stepper, plan: Plan) -> dict[str, Any]:
    """Return the network, the loss, the optimizer and the arguments of `fit` in words and numbers, ready for JSON."""
    network, batches = trainer.network, plan.batches
    later = {  # settings that an earlier nnfs did not have
        "accumulate": batches.accumulate if batches.accumulate > 1 else None,
        "shards": plan.shards.count if plan.shards is not None else None,
    }
    return {
        "layers": [repr(layer) for layer in network.layers],
        "seed": network.seed,
        "dtype": network.dtype.name,
        "loss": describe(trainer.loss),
        "optimizer": describe(trainer.optimizer),
        "clipping": describe(trainer.clip),
        "metrics": list(trainer.metrics),
        "batch_size": getattr(batches, "batch_size", None),
        "steps_per_epoch": getattr(batches, "steps_per_epoch", None),
        "shuffle": getattr(batches, "rng", None) is not None,
        "validation_split": plan.held_out,
        "class_weight": plan.class_weight.table.tolist() if plan.class_weight is not None else None,
        "augment": [describe(transform) for transform in plan.augment],
    } | {name: value for name, value in later.items() if value is not None}


def describe(value: Any) -> Any:
    """Return a value as plain data: the name of a function, and the class and the attributes of an object."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [describe(item) for item in value]
    if isinstance(value, dict):
        return {str(key): describe(item) for key, item in value.items()}
    if isinstance(value, types.FunctionType | types.BuiltinFunctionType | type):
        return value.__qualname__
    attributes = getattr(value, "__dict__", {})
    return {type(value).__name__: {name: describe(item) for name, item in attributes.items() if name[0] != "_"}}
