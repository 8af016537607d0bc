"""Findings print well."""

from __future__ import annotations

from nnfs.training.diagnosis.finding import Finding, Findings

FINDING = Finding("it is wrong", "column '<script>\x1b'", "3 < 4", "x = x / 255", "--standardize")


def test_a_finding_is_one_line():
    assert str(FINDING) == "column '<script>\\x1b': it is wrong; got 3 < 4; write x = x / 255"


def test_a_user_of_the_command_is_told_an_option():
    assert FINDING.line(FINDING.command).endswith("; write --standardize")


def test_findings_are_one_line_each():
    assert str(Findings([FINDING, FINDING])) == f"{FINDING}\n{FINDING}"
    assert repr(Findings()) == "nothing is found"


def test_a_notebook_shows_names_as_text():
    for html in (FINDING._repr_html_(), Findings([FINDING])._repr_html_()):
        assert "&lt;script&gt;" in html
        assert "<script>" not in html
    assert Findings()._repr_html_() == "<p>nothing is found</p>"
