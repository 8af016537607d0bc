"""The page of a report: valid, harmless, readable on a phone, and with the library's numbers."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from html.parser import HTMLParser

import numpy as np
import pytest

import nnfs
from nnfs.metrics import confusion_matrix
from nnfs.runs import train
from nnfs.runs.report import load_libraries, open_record, page_of
from nnfs.runs.report.comparison import settings_texts
from nnfs.runs.report.page import SECTIONS, network_facts, render
from nnfs.training.diagnosis.finding import Finding

pytest.importorskip("matplotlib")
pytest.importorskip("jinja2")

HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(2)>', "$x_{1}$ & \x1b[31m", "_hidden"]
VOID = {"meta", "img"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with four runs: digits, moons, a table of hostile names, and one that was killed."""
    folder = tmp_path_factory.mktemp("runs")
    rng = np.random.default_rng(0)
    table = folder / "<b>&.csv"
    quoted = ['"' + name.replace('"', '""') + '"' for name in HOSTILE]
    rows = [f"{quoted[n % 4]},{n % 4 + rng.normal():.3f},{rng.normal():.3f}\n" for n in range(80)]
    table.write_text(f"kind,{quoted[0]},{quoted[1]}\n" + "".join(rows))
    common = {"epochs": 2, "batch_size": 128}
    network = {"name": "cnn", "filters": [3], "hidden_units": [8]}
    train({"data": "digits", "network": network} | common, output=folder, name="digits", verbose=0)
    train({"data": "moons"} | common, output=folder, name="moons", verbose=0)
    train({"data": str(table), "target": "kind"} | common, output=folder, name="<i>&", verbose=0)
    shutil.copytree(folder / "moons", folder / "killed")
    (folder / "killed" / "weights.safetensors").unlink()
    return folder


@pytest.fixture(scope="module")
def page(folder):
    """Return the page of three runs."""
    return page_of([open_record(folder / name) for name in ("digits", "killed", "<i>&")])


class Outline(HTMLParser):
    """Read a page: elements that are not closed, levels of headings, and counts of attributes."""

    def __init__(self, text):
        super().__init__()
        self.open, self.wrong, self.levels, self.ids, self.elements = [], [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def test_elements_are_closed_headings_in_order_and_pictures_told(page):
    found = Outline(page)
    assert page.startswith("<!DOCTYPE html>")
    assert (found.wrong, found.open) == ([], [])
    assert Counter(found.levels)[1] == 1
    assert all(after <= before + 1 for before, after in zip(found.levels, found.levels[1:], strict=False))
    assert len(found.ids) == len(set(found.ids))
    for tag, attributes in found.elements:
        assert tag != "img" or "alt" in attributes
        assert tag != "svg" or (attributes["role"] == "img" and attributes["aria-label"])
        assert tag != "th" or attributes.get("scope") in ("row", "col")


def test_nothing_reaches_for_the_network_or_runs(page):
    found = Outline(page)
    assert not [tag for tag, _ in found.elements if tag in ("script", "link", "iframe", "object", "form")]
    addresses = [
        value for _, attributes in found.elements for name, value in attributes.items() if name in ("src", "href")
    ]
    assert addresses
    assert all(address.startswith(("data:image/png;base64,", "#")) for address in addresses)
    assert not [name for _, attributes in found.elements for name in attributes if name.startswith("on")]
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in page
    assert "\x1b" not in page
    assert len(page) < 1_500_000


def test_the_run_that_was_killed_is_marked(page):
    assert "This run is not finished, after 2 of 2 epochs." in page
    assert "its newest checkpoint, checkpoint-" in page
    assert "and its figures are not final. To go on with it: nnfs resume " in page


def test_what_goes_wrong_is_told_once_with_the_line_to_write(folder):
    record = open_record(folder / "moons")
    assert "Nothing that <code>nnfs.diagnose</code> looks for" in page_of([record])
    what = "two columns are equal, so that one of them adds nothing"
    finding = Finding(what, "x, column '<b>'", "equal numbers", "x[:, 1:]", "--columns a")
    record.findings = [("in training", finding)]
    page = page_of([record])
    assert page.count(what) == 1
    assert "column &#39;&lt;b&gt;&#39;" in page
    assert "(seen in training). Write: <code>--columns a</code>" in page


def test_a_sample_that_is_wrong_has_the_command_that_explains_it(folder):
    record = open_record(folder / "digits")
    number = page_of([record]).partition("--sample ")[2].partition("<")[0]
    wrong = record.measured.labels[int(number)], record.measured.probabilities[int(number)].argmax()
    assert wrong[0] != wrong[1]
    record.measured_part = "train"
    assert " --part train --sample " in page_of([record])
    record.measured_part, record.settings = "validation", record.settings | {"validation_data": "/x/other.csv"}
    assert " other.csv --sample " in page_of([record])


def test_runs_side_by_side_have_names_a_verdict_and_findings(folder):
    first, second = open_record(folder / "moons"), open_record(folder / "moons")
    first.path, second.path = "runs/good", "runs/bad"
    second.figures["val_loss"] = 9.0
    second.findings = [("in training", Finding("it is slow", "epoch 1", "1", "2", "3"))]
    page = page_of([first, second])
    assert "<strong>best validation loss: good (" in page
    assert '<a href="#run-B">bad</a>: it is slow</li>' in page
    assert '<a href="#run-A">good</a>: nothing is found</li>' in page


def test_runs_of_unlike_data_have_pictures_of_their_own(page, folder):
    assert "so that their figures cannot be compared: digits on digits; killed on moons; " in page
    assert "joint-" not in page
    runs = [open_record(folder / name) for name in ("moons", "digits", "moons")]
    page = page_of(runs)
    assert "moons (A), moons (C) on moons; digits on digits." in page
    assert 'id="joint-A-0-' in page
    assert "The curves of digits stand in the sections below." in page


def test_no_folder_of_this_computer_is_on_the_page(folder, monkeypatch):
    (folder / "here").mkdir(exist_ok=True)
    monkeypatch.chdir(folder / "here")
    records = [open_record(folder / name) for name in ("<i>&", "killed")]
    records[0].notes.append(f"the data {folder}/<b>&.csv cannot be used")
    records[1].state = f"not finished: OSError: {folder}/killed/weights.safetensors: no space"
    page = page_of(records)
    assert str(folder) not in page
    assert "the data &lt;b&gt;&amp;.csv cannot be used" in page
    assert "In the folder that holds <code>&lt;b&gt;&amp;.csv</code>." in page


def test_without_data_the_rest_is_shown(folder):
    record = open_record(folder / "digits")
    record.samples = record.measured = None
    record.notes.append("the data are gone")
    page = page_of([record])
    assert "Note: the data are gone." in page
    assert "Left out: they need the data." in page
    assert "Kernels of layer 0, 3 x 3" in page
    assert "Feature maps of" not in page
    assert "Without data there are no gradients." in page


def test_a_run_without_anything_but_settings_has_a_page(folder, tmp_path):
    shutil.copytree(folder / "moons", tmp_path / "begun")
    for path in (tmp_path / "begun").iterdir():
        if path.name != "config.json":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    page = page_of([open_record(tmp_path / "begun")])
    assert "No epoch is finished." in page
    assert "there are no weights yet" in page


def test_yes_or_no_answers_have_a_table(style):
    from nnfs.data import Samples
    from nnfs.runs.report.measured import measure

    network = nnfs.Sequential([nnfs.Dense(2)], 1)
    network.loss, network.facts = "binary_cross_entropy", nnfs.Facts(class_names=HOSTILE[:2])
    samples = Samples(np.ones((4, 1), np.float32), np.ones((4, 2), np.float32))
    facts = network_facts(network, measure(network, samples, "4 samples"), {}, "A")
    page = render(title="t", runs=[SECTIONS | {"letter": "A", "path": "p"} | facts])
    assert "no, taken for yes" in page
    assert HOSTILE[0] not in page


def test_without_the_libraries_one_line_says_how_to_get_them(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(nnfs.UnsupportedError, match=r"nnfs-cython\[report\]"):
        load_libraries()


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_nothing_is_wider_than_the_window(show, page, width, mode):
    driver = show(page)
    size = {"width": width, "height": 740, "deviceScaleFactor": 1, "mobile": False}
    features = [{"name": "prefers-color-scheme", "value": mode}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        driver.execute_script("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert driver.execute_script("return document.documentElement.scrollWidth") <= width
        paper, ink = (
            driver.execute_script(f"return getComputedStyle(document.body).{name}")
            for name in ("backgroundColor", "color")
        )
        line = "return getComputedStyle(document.querySelector('svg text')).fill"
        assert driver.execute_script(line) == ink
        light, dark = "rgb(255, 255, 255)", "rgb(21, 21, 21)"
        assert paper == (light if mode == "light" else dark)
    finally:
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_long_names_are_cut_where_each_has_a_column(folder):
    record = open_record(folder / "digits")
    record.measured.class_names = [*"012345678", "n" * 300]
    page = page_of([record])
    assert f'<th scope="col" class="name">{39 * "n"}\u2026</th>' in page
    record.settings["class_names"] = ["n" * 300]
    assert settings_texts(record)["class_names"] == 199 * "n" + "\u2026"


def test_hostile_names_are_text(show, page):
    driver = show(page)
    shown = driver.find_element("tag name", "main").text
    assert driver.find_elements("css selector", "script, img[src=x]") == []
    for name in (
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(2)>',
        "<i>&",
        "_hidden",
        "$x_{1}$ & \\x1b[31m",
    ):
        assert name in shown


def test_no_request_leaves_the_page(show, page):
    driver = show(page)
    found = driver.execute_script("return performance.getEntriesByType('resource').map((one) => one.name)")
    assert not [name for name in found if not name.startswith("data:")]


def test_the_confusion_matrix_is_that_of_the_library(show, page, folder):
    record = open_record(folder / "digits")
    matrix = confusion_matrix(
        targets=record.samples.test.y, predictions=record.network.predict_classes(record.samples.test.x)
    )
    driver = show(page)
    cells = driver.find_element("css selector", "#run-A table.confusion").find_elements("tag name", "td")
    assert [int(cell.text) for cell in cells] == matrix.ravel().tolist()
    worst = driver.find_element("css selector", "#run-A .mistakes li").text
    chances = record.network.predict_proba(record.samples.test.x)
    labels = record.samples.test.y
    assert worst.startswith(f"{chances[np.arange(len(labels)), labels].argmin()}: is ")


def test_everything_is_reached_by_keyboard(show, page):
    driver = show(page)
    wide = driver.find_elements("css selector", ".scroll, pre")
    assert wide
    assert all(element.get_attribute("tabindex") == "0" for element in wide)
