"""Settings of Sphinx: ``pip install ".[docs]"``, then ``sphinx-build -W --keep-going docs site``."""

import re
import sys
from pathlib import Path

import nnfs

sys.path.insert(0, str(Path(__file__).parent))  # for source_pages

project = "nnfs"
author = "the authors of nnfs"
copyright = author
release = version = nnfs.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode", "source_pages"]
myst_heading_anchors = 3  # links to headings, as GitHub makes them
nb_execution_mode = "force"  # notebooks are kept without outputs
nb_execution_raise_on_error = True
nb_execution_timeout = 120

html_theme = "furo"
html_title = "nnfs"
html_copy_source = False
html_show_sphinx = False
html_static_path = ["static"]
html_css_files = ["docs.css"]
html_favicon = "static/favicon.svg"

autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints = "none"  # docstrings have the types, in the words of the field
napoleon_google_docstring = False
napoleon_custom_sections = [("Attributes", "params_style")]  # a line may name several
napoleon_use_param = False  # a parameter's type is in words, which are no names to link
default_role = "py:obj"
highlight_language = "text"  # blocks without a language are formulas and numbers
suppress_warnings = ["ref.python"]  # two classes may have an attribute of one name


def setup(app):
    """Have docstrings read as the plain text that they are, in which * is a product and | an absolute value."""
    app.connect("autodoc-process-docstring", _escape_formulas, priority=400)  # before napoleon adds markup of its own


def _escape_formulas(app, what, name, obj, options, lines):
    literal = None  # the indentation of the line that a literal block belongs to
    for number, line in enumerate(lines):
        indentation = len(line) - len(line.lstrip())
        if literal is not None and line.strip() and indentation <= literal:
            literal = None
        if literal is None:
            pieces = re.split(r"(`[^`]*`)", line)
            lines[number] = "".join(
                each if each.startswith("`") else re.sub(r"([*|])", r"\\\1", each) for each in pieces
            )
            literal = indentation if line.rstrip().endswith("::") else None
