"""Fixtures for the whole suite. A test with the fixture ``backend`` runs once on each backend."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from skips import reasons

# Processes that tests start must import the installed package, not the sources in the working folder.
os.environ["PYTHONSAFEPATH"] = "1"

if importlib.util.find_spec("nnfs") is None or importlib.util.find_spec("nnfs._kernels._built") is None:
    pytest.exit(
        "the tests need the installed package, and found "
        + ("the sources beside them" if importlib.util.find_spec("nnfs") else "none")
        + ': run `pip install ".[test]"`, then `pytest` (not `python -m pytest`, which puts the sources first)',
        returncode=4,
    )

from nnfs import _kernels

# The folder tests/ is on the path, so that without scikit-learn `import sklearn` would find tests/sklearn.
found = importlib.util.find_spec("sklearn")
if found is not None and found.origin is None:
    sys.modules["sklearn"] = None

BACKENDS = ["numpy"] if os.environ.get("NNFS_BACKEND") == "numpy" else _kernels.available_backends()


@pytest.fixture(params=BACKENDS)
def backend(request):
    """Return the name of the backend that is in use; the test runs once with each backend."""
    with _kernels.use_backend(request.param):
        yield request.param


@pytest.fixture(scope="session")
def torch():
    """Return the module torch; skip the test if PyTorch is not installed."""
    module = pytest.importorskip("torch")
    module.set_num_threads(1)  # the cases are so small that a second thread would slow them
    return module


@pytest.fixture
def keras(torch, monkeypatch):
    """Return the module keras, which computes by PyTorch; skip the test if one of them is not installed."""
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    return pytest.importorskip("keras")


@pytest.fixture
def notebook(monkeypatch):
    """Pretend to run in the kernel of a notebook; return what is displayed, in place of which updates stand."""
    outputs = []

    def display(thing, raw=False, display_id=False):
        outputs.append(thing)
        place = len(outputs) - 1
        return SimpleNamespace(update=lambda new, raw: outputs.__setitem__(place, new)) if display_id else None

    ipython = ModuleType("IPython")
    ipython.get_ipython = lambda: SimpleNamespace(kernel=None)
    ipython.display = ModuleType("IPython.display")
    ipython.display.display = display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", ipython.display)
    return outputs


@pytest.fixture(scope="session")
def browser():
    """Return a headless Chromium; skip the test where it, its driver or selenium is missing."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium: pip install selenium")
    paths = [shutil.which("chromium"), shutil.which("chromedriver")]
    if None in paths:
        pytest.skip("needs Chromium: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,900"):
        options.add_argument(word)
    options.binary_location = paths[0]
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(paths[1]))
    yield driver
    driver.quit()


@pytest.fixture
def show(browser, tmp_path):
    """Return a function that opens a page's text in the browser; at the end the console holds no error."""

    def open_page(text):
        (tmp_path / "page.html").write_text(text, encoding="utf-8")
        browser.get((tmp_path / "page.html").as_uri())
        return browser

    yield open_page
    assert browser.get_log("browser") == []


def pytest_addoption(parser):
    parser.addoption("--list-skipped", metavar="FILE", help="write what was skipped into FILE, for pytest @FILE")


def pytest_terminal_summary(terminalreporter):
    """Print why tests were skipped, one line for each reason; ``-rs`` would print one line for each place."""
    skipped = terminalreporter.stats.get("skipped", [])
    for line in reasons(skipped):
        terminalreporter.write_line(line)
    if path := terminalreporter.config.getoption("--list-skipped"):
        Path(path).write_text("".join(f"{report.nodeid}\n" for report in skipped), encoding="utf-8")
