"""Fixtures for the whole suite: each test that asks for ``backend`` runs once on every backend."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest
from skips import reasons

# Python processes that tests start import the installed package too, not the sources in the working folder.
os.environ["PYTHONSAFEPATH"] = "1"

if importlib.util.find_spec("nnfs") is None or importlib.util.find_spec("nnfs._kernels._built") is None:
    pytest.exit(
        "the tests need the installed package, and found "
        + ("the sources beside them" if importlib.util.find_spec("nnfs") else "none")
        + ': run `pip install ".[test]"`, then `pytest` (not `python -m pytest`, which puts the sources first)',
        returncode=4,
    )

from nnfs import _kernels

BACKENDS = ["numpy"] if os.environ.get("NNFS_BACKEND") == "numpy" else _kernels.available_backends()


@pytest.fixture(params=BACKENDS)
def backend(request):
    """Run the test with each backend in turn and give its name."""
    with _kernels.use_backend(request.param):
        yield request.param


@pytest.fixture(scope="session")
def torch():
    """Give PyTorch, the rival and oracle, where it is installed."""
    module = pytest.importorskip("torch")
    module.set_num_threads(1)  # the cases are tiny: a second thread would cost more than it gives
    return module


def pytest_addoption(parser):
    parser.addoption("--list-skipped", metavar="FILE", help="write what was skipped into FILE, for pytest @FILE")


def pytest_terminal_summary(terminalreporter):
    """Say why tests were skipped: a line for each reason, where ``-rs`` would print one for each place."""
    skipped = terminalreporter.stats.get("skipped", [])
    for line in reasons(skipped):
        terminalreporter.write_line(line)
    if path := terminalreporter.config.getoption("--list-skipped"):
        Path(path).write_text("".join(f"{report.nodeid}\n" for report in skipped), encoding="utf-8")
