"""The guide to findings, docs/guides/failing.md, has every finding, and its code has every fault."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

from nnfs.errors import TrainingWarning
from nnfs.training.diagnosis import before, course, passes
from nnfs.training.diagnosis.single_classes import SingleClasses

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "guides" / "failing.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SECTIONS = re.findall(r"^### [^\n]*\(`(\w+)`\)\n(.*?)(?=^##)", PAGE, re.DOTALL | re.MULTILINE)
SYMPTOMS = (*before.SYMPTOMS, *passes.SYMPTOMS, *course.SYMPTOMS, SingleClasses.classes_apart)


def test_the_guide_has_a_section_for_each_finding_and_no_other():
    assert sorted(name for name, _ in SECTIONS) == sorted(symptom.__name__ for symptom in SYMPTOMS)
    assert f"nnfs looks for {len(SYMPTOMS)} faults" in PAGE
    assert PAGE.count("\n### ") == len(SECTIONS)


def test_each_fault_of_the_guide_is_found_and_told_in_its_words(backend, capsys):
    names = {}
    exec(compile(BLOCK.search(PAGE)[1], "failing.md", "exec"), names)
    for name, section in SECTIONS:
        (told,) = re.findall(r"^> (.*)$", section, re.MULTILINE)
        (code,) = BLOCK.findall(section)
        capsys.readouterr()
        with warnings.catch_warnings(record=True) as given:
            warnings.simplefilter("always", TrainingWarning)
            exec(compile(code, f"failing.md, {name}", "exec"), names)
        seen = capsys.readouterr().out + "\n".join(str(warning.message) for warning in given)
        assert f": {told}; got " in seen, f"{name}: {seen}"
