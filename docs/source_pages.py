"""Pages of the site that show source files: what a page links is highlighted, in place of being downloaded."""

import posixpath
from pathlib import Path

from docutils import nodes
from sphinx import addnodes

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = {".py": "python", ".pyx": "cython", ".h": "c", ".toml": "toml"}


def setup(app):
    app.connect("doctree-read", link_pages, priority=400)  # before Sphinx collects what is to be downloaded
    app.connect("html-collect-pages", pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def link_pages(app, doctree):
    """Let each link to a source file lead to its page."""
    here = app.env.docname
    for link in list(doctree.findall(addnodes.download_reference)):
        path = (Path(app.srcdir) / posixpath.dirname(here) / link["reftarget"]).resolve()
        if path.suffix in LANGUAGES and path.is_relative_to(ROOT):
            name = path.relative_to(ROOT).as_posix()
            address = posixpath.relpath(f"sources/{name}.html", posixpath.dirname(here) or ".")
            text = nodes.literal(text=link.astext())
            link.replace_self(nodes.reference("", "", text, refuri=address, internal=True, source_file=name))


def pages(app):
    """Yield a page for each source file that is linked."""
    doctrees = map(app.env.get_doctree, app.env.found_docs)
    linked = {
        link["source_file"] for tree in doctrees for link in tree.findall(nodes.reference) if "source_file" in link
    }
    for name in sorted(linked):
        code = (ROOT / name).read_text(encoding="utf-8")
        shown = app.builder.highlighter.highlight_block(code, LANGUAGES[Path(name).suffix])
        yield f"sources/{name}", {"title": name, "body": f"<h1>{name}</h1>\n{shown}"}, "page.html"
