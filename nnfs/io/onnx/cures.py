"""Hints for operators that nnfs does not have: what to write in the program that exports the model."""

from __future__ import annotations

CURES = {
    "Clip": "in PyTorch, write torch.nn.ReLU() in place of ReLU6, and train a while; or run the graph as it is",
    "Transpose": (
        "the exported network must have channels first: tf2onnx takes --inputs-as-nchw and --outputs-as-nchw; "
        "or run the graph as it is"
    ),
}
"""The hints by the name of the operator."""


def cure(operator: str) -> str:
    """Return what to write instead of an operator, as the end of a message; "" for an operator without a hint."""
    return f"; {CURES[operator]}" if operator in CURES else ""
