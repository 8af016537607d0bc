import contextlib
import io
import sys

from nnfs.system.notebook import Line, escaped, html_table, is_notebook, show


def test_a_notebook_is_where_ipython_has_a_kernel(notebook, monkeypatch):
    assert is_notebook()
    sys.modules["IPython"].get_ipython = lambda: object()  # a terminal
    assert not is_notebook()
    sys.modules["IPython"].get_ipython = lambda: None  # imported by a program
    assert not is_notebook()
    monkeypatch.delitem(sys.modules, "IPython")
    assert not is_notebook()


def test_an_object_is_shown_in_a_notebook_and_printed_elsewhere(notebook):
    thing = object()
    stream = type("OutStream", (io.StringIO,), {"__module__": "ipykernel.iostream"})  # what a kernel has for stdout
    with contextlib.redirect_stdout(stream()):
        show(thing)
    assert notebook == [thing]
    with contextlib.redirect_stdout(io.StringIO()) as out:
        show("text")
    assert (out.getvalue(), notebook) == ("text\n", [thing])


def test_an_object_is_printed_on_a_terminal(capsys):
    show(12)
    assert capsys.readouterr().out == "12\n"


def test_a_line_replaces_its_text_and_shows_nothing_before_there_is_some(notebook):
    line = Line()
    line.write("\r")
    line.flush()
    assert notebook == []
    line.write("\rone \n")
    line.write("")
    assert notebook == [{"text/plain": "one"}]
    line.write("two\x1b[A")
    assert notebook == [{"text/plain": "two\\x1b[A"}]


def test_a_table_is_html_whose_texts_are_escaped():
    table = html_table(("name", "<b>"), [("<script>", "1"), ("a&b", "\x1b2")])
    assert table.count("<tr>") == 3
    assert "&lt;script&gt;" in table
    assert "a&amp;b" in table
    assert "<script>" not in table
    assert "<b>" not in table
    assert '<td style="text-align:left">a&amp;b</td><td style="text-align:right">\\x1b2</td>' in table
    assert "color" not in table


def test_quotes_are_escaped_too():
    assert escaped("\"'<") == "&quot;&#x27;&lt;"
