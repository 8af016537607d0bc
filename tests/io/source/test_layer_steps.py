"""The steps of layers."""

from __future__ import annotations

import re
from pathlib import Path

from nnfs.io.source import functions, layer_steps
from nnfs.layers import LAYERS


def test_every_layer_has_steps():
    assert set(layer_steps.STEPS) == set(LAYERS.values())


def test_every_function_stands_in_both_languages():
    in_python = {name for name, value in vars(functions).items() if callable(value) and name.islower()}
    text = Path(functions.__file__).with_suffix(".c").read_text(encoding="ascii")
    in_c = set(re.findall(r"^static \w+ (\w+)\(", text, re.MULTILINE))
    only_c = {
        "first_inside",
        "end_inside",
        "neighbours",
        "logistic",
        "copy",
        "hyperbolic_tangent",
        "conv2d_cell",
        "strided",
        *("encode_value", "is_missing", "read_number"),
    }
    assert in_python - in_c == {"reshape", "concat", "tanh"}
    assert in_c - in_python == only_c
