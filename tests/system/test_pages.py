"""Pages replace older pages of their verb, and nothing else."""

from __future__ import annotations

import pytest

from nnfs.system.pages import find_older, write_page

PAGE = '<!DOCTYPE html>\n<meta name="generator" content="nnfs report">\n'


def test_a_page_replaces_an_older_one_and_tells_it(tmp_path):
    path = tmp_path / "report.html"
    assert not find_older(path, "report")
    assert write_page(path, PAGE, "report") == "62 bytes; open it in a browser"
    assert find_older(path, "report")
    assert write_page(path, PAGE + "new\n", "report") == "66 bytes, in place of an older page; open it in a browser"
    assert path.read_text().endswith("new\n")


@pytest.mark.parametrize(
    ("path", "error", "words"),
    [
        ("", IsADirectoryError, r"got a folder, wanted a file\. Try: --output report\.html"),
        ("a", IsADirectoryError, r"got a folder, wanted a file\. Try: --output a/report\.html"),
        ("b/", IsADirectoryError, r"got a folder, wanted a file\. Try: --output b/report\.html"),
        ("b c/p.html", FileNotFoundError, r"there is no folder b c\. Try: mkdir -p 'b c'"),
        ("locked/p.html", PermissionError, "no file can be made in the folder locked"),
    ],
)
def test_where_no_page_can_be_written_the_error_tells_what_to_write(tmp_path, monkeypatch, path, error, words):
    monkeypatch.chdir(tmp_path)
    for folder in ("a", "locked"):
        (tmp_path / folder).mkdir()
    monkeypatch.setattr("os.access", lambda folder, mode: folder != "locked")
    with pytest.raises(error, match=words):
        find_older(path, "report")


@pytest.mark.parametrize("content", ["", "my notes", PAGE.replace("report", "explain"), 5000 * " " + PAGE])
def test_another_file_stays(tmp_path, content):
    path = tmp_path / "notes.html"
    path.write_text(content)
    for attempt in (find_older, lambda path, verb: write_page(path, PAGE, verb)):
        with pytest.raises(FileExistsError, match=r"no page of `nnfs report`; it stays\. Try: another --output"):
            attempt(path, "report")
    assert path.read_text() == content
