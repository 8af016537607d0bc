"""A figure as an SVG picture within an HTML page, whose colours it takes: black on white, or white on black."""

from __future__ import annotations

import importlib
import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from xml.etree import ElementTree

from ..printable import printable
from .figure import BLUE, GREEN, GREY, ORANGE, RED, new_figure

PAGE_COLOURS = {
    "#000000": "currentColor",
    "#ffffff": "var(--paper, #ffffff)",
    BLUE: f"var(--blue, {BLUE})",
    ORANGE: f"var(--orange, {ORANGE})",
    GREEN: f"var(--green, {GREEN})",
    RED: f"var(--red, {RED})",
    GREY: f"var(--grey, {GREY})",
}
"""What the style sheet of a page calls the colours of plots; the second ones are for a page without such names."""

STYLE = {
    "svg.fonttype": "none",  # text stays text: it can be searched, and takes little space
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.fontsize": 8,
}


class Picture(NamedTuple):
    """Hold an SVG picture, and the sentence that stands below it."""

    svg: str
    caption: str


@contextmanager
def page_style() -> Iterator[None]:
    """Draw figures in the style of pages within a ``with`` block; matplotlib's settings are the old ones afterwards.

    Raises ImportError, with the line to install it, when matplotlib is missing.
    """
    new_figure(1, 1)
    with importlib.import_module("matplotlib").rc_context(STYLE), warnings.catch_warnings():
        # The browser writes the text, with fonts of its own.
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        yield


def literal(name: str) -> str:
    """Return a name from the user's data as text of a figure, in which it would begin a formula by a dollar sign.

    An underscore in front would hide it from a legend; it gets a space of no width before it.
    """
    return ("\u200b" if name.startswith("_") else "") + printable(name).replace("$", r"\$")


def as_svg(figure: Any, name: str, alt: str) -> str:
    """Return a figure, drawn within `page_style`, as an ``svg`` element to stand within an HTML page.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    name : str
        Letters, digits and hyphens, different for each picture of a page: the ids within the picture begin with it.
    alt : str
        What the picture shows, for readers who do not see it.
    """
    written = io.BytesIO()
    for part in (figure, *figure.axes):
        part.set_facecolor("none")
    with importlib.import_module("matplotlib").rc_context({"svg.hashsalt": name}):
        canvas = importlib.import_module("matplotlib.backends.backend_svg").FigureCanvasSVG(figure)
        # `Figure.savefig` draws each figure twice.
        canvas.print_svg(written, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    root = ElementTree.fromstring(written.getvalue())
    for parent in list(root.iter()):
        for child in list(parent):
            # The style sheet within would hold for the whole page.
            if child.tag.endswith(("}metadata", "}style")):
                parent.remove(child)
    for element in root.iter():
        element.tag = element.tag.partition("}")[2] or element.tag
        element.attrib = {key.partition("}")[2] or key: value for key, value in element.attrib.items()}
        if "style" in element.attrib:
            element.attrib["style"] = _page_style(element.attrib["style"])
    _rename_ids(root, name)
    root.attrib = {"viewBox": root.attrib["viewBox"], "role": "img", "aria-label": alt}
    return ElementTree.tostring(root, encoding="unicode")


def _page_style(style: str) -> str:
    """Return a style with the colours of the page and its font, whose letters are no wider than matplotlib's."""
    for colour, name in PAGE_COLOURS.items():
        style = style.replace(colour, name)
    return re.sub(r"font: ([\d.]+)px [^;]*", r"font-size: \1px", style)


def _rename_ids(root: ElementTree.Element, name: str) -> None:
    """Let the ids of a picture that are used begin with its name, and remove the others."""
    text = ElementTree.tostring(root, encoding="unicode")
    used = set(re.findall(r'"#([^"]+)"', text)) | set(re.findall(r"url\(#([^)]+)\)", text))
    for element in root.iter():
        for key, value in list(element.attrib.items()):
            if key == "id":
                if value in used:
                    element.attrib[key] = f"{name}-{value}"
                else:
                    del element.attrib[key]
            elif key == "href" and value.startswith("#"):
                element.attrib[key] = f"#{name}-{value[1:]}"
            elif "url(#" in value:
                element.attrib[key] = value.replace("url(#", f"url(#{name}-")
