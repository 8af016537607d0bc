"""How figures are written for people; files and ``--json`` keep all digits."""

from __future__ import annotations


def four_digits(figure: float | None) -> str:
    """Return a figure with four significant digits, an integer with all of its own.

    Zeros at the end of decimals are left out. None, which stands in JSON for what is no number, is "not finite".
    """
    if figure is None:
        return "not finite"
    return str(figure) if isinstance(figure, int) else f"{figure:.4g}"
