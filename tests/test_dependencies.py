"""Every dependency has an upper bound, and the version that .ci/run installs is within the bounds."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"].values()
REQUIREMENTS = sorted(
    {
        *PROJECT["build-system"]["requires"],
        *PROJECT["project"]["dependencies"],
        *(text for extra in EXTRAS for text in extra),
    }
)


def pinned():
    """Return the version of each package in .ci/constraints.txt, by the package's name."""
    lines = (ROOT / ".ci" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines]
    return {canonicalize_name(name): version for name, version in pairs}


@pytest.mark.parametrize("text", REQUIREMENTS)
def test_a_requirement_has_an_upper_bound_and_the_tested_version_lies_within(text):
    requirement = Requirement(text)
    assert {specifier.operator for specifier in requirement.specifier} & {"<", "=="}, "the next major version may break"
    assert requirement.specifier.contains(pinned()[canonicalize_name(requirement.name)])
