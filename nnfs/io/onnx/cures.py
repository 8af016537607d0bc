"""Hints for operators that nnfs does not have: what to write in the program that exports the model."""

from __future__ import annotations

CURES = {
    "LogSoftmax": "leave it out of the exported network: losses take logits; or run the graph as it is",
}
"""The hints by the name of the operator."""


def cure(operator: str) -> str:
    """Return what to write instead of an operator, as the end of a message; "" for an operator without a hint."""
    return f"; {CURES[operator]}" if operator in CURES else ""
