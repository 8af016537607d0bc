"""What one layer did in a pass: its numbers, formula and source."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..layers import Layer
from ..layers.container import Container
from ..layers.convolution import Convolution
from .recording import Record


@dataclass(frozen=True)
class LayerFacts:
    """What one layer did in a pass. Arrays belong to the explanation; gradients are None without targets.

    Attributes
    ----------
    name : str
        Its place: ``0``, ``1``, or ``1.body.0`` for a layer within another one.
    layer : Layer
        A copy of the layer.
    type, text, formula : str
        Its class, how it is written in Python, and what its documentation says that it computes.
    source : str
        The file and line of its class; "" where it has no file.
    input, output, input_gradient, output_gradient : ndarray
        Arrays (N, ...); the gradients are those of the loss.
    scale : ndarray or None
        By what dropout has multiplied each number of its input (N, ...) in training; None else.
    parameters, parameter_gradients, buffers : dict of ndarray
        By name, without those of layers within this one.
    """

    name: str
    layer: Layer
    type: str
    text: str
    formula: str
    source: str
    input: Array
    output: Array
    input_gradient: Array | None
    output_gradient: Array | None
    scale: Array | None
    parameters: dict[str, Array]
    parameter_gradients: dict[str, Array] | None
    buffers: dict[str, Array]


def formula_of(kind: type) -> str:
    """Return what the documentation of a class says before its first section."""
    return (inspect.getdoc(kind) or "").split("\n\nParameters\n---")[0].replace("::\n", ":\n")


def _plain(text: str, config: Mapping[str, Any]) -> str:
    """Return the formula of a convolution without the groups and the dilation that it does not have."""
    if config["groups"] == 1:
        text = re.sub(r"\n *and g is the group of [^\n]*", "", text).replace("g C/G + c", "c")
        text = text.replace("C/G", "C").replace("F/G", "F")
    if np.all(np.asarray(config["dilation"]) == 1):
        text = re.sub(r"\b([a-z]) dilation\b", r"\1", text).replace("dilation (KH - 1)", "KH - 1")
    return text


def source_of(kind: Any) -> str:
    """Return the file and the line of a class or function, that of nnfs from its package on; "" where it has none."""
    try:
        file, line = inspect.getsourcefile(kind), inspect.getsourcelines(kind)[1]
    except (OSError, TypeError):
        return ""
    path = Path(str(file))
    if kind.__module__.partition(".")[0] == __name__.partition(".")[0]:
        path = Path(*kind.__module__.split(".")).with_suffix(".py")
    return f"{path.as_posix()}:{line}"


def facts_of(record: Record, has_gradients: bool, training: bool) -> LayerFacts:
    """Return the facts of a recorded layer."""
    layer, formula = record.layer, formula_of(type(record.layer))
    inner = layer.chains if isinstance(layer, Container) else {}
    own = {name: p for name, p in layer.parameters.items() if not name.startswith(tuple(f"{c}." for c in inner))}
    return LayerFacts(
        name=record.name,
        layer=layer,
        type=type(layer).__name__,
        text=repr(layer),
        formula=_plain(formula, layer.config()) if isinstance(layer, Convolution) else formula,
        source=source_of(type(layer)),
        input=record.x,
        output=record.y,
        input_gradient=record.dx,
        output_gradient=record.dy,
        scale=record.scale if training else None,
        parameters={name: parameter.value.copy() for name, parameter in own.items()},
        parameter_gradients={name: p.grad.copy() for name, p in own.items()}
        if has_gradients and layer.trainable
        else None,
        buffers={} if inner else {name: array.copy() for name, array in layer.buffers.items()},
    )
