"""The page of a report: the facts and pictures of runs, laid out by a template of jinja2.

Texts that come from data, names of files among them, go through the template's escaping, so that none of them can be
read as HTML. What is not escaped are the style sheet and the SVG pictures, which `nnfs.plots.svg` writes.
"""

from __future__ import annotations

import importlib
import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...errors import UnsupportedError
from ...network.summary import summary_table
from ...plots.svg import page_style
from ...printable import cut, four_digits, printable
from ...sequential import Sequential
from ..run_samples import describe_samples
from . import comparison, curves, histograms, timing
from .calibration import calibration_of_measured, calibration_rows, draw_calibration
from .confusion import answer_facts, confusion_facts
from .handout import without_folders
from .kernels import kernel_facts
from .measured import Measured
from .mistakes import mistake_facts
from .plane import draw_plane
from .record import Record
from .regression import draw_fit, fits_of
from .reproducing import reproducing_facts

LONGEST = 40
"""How many characters of a name stand in tables with a column for each name."""
SECTIONS: dict[str, Any] = {
    **dict.fromkeys(("record", "settings", "settings_json", "results", "seconds", "time", "layers", "reproducing")),
    **dict.fromkeys(
        ("findings", "rate", "confusion", "answers", "calibration", "kernels", "mistakes", "summary", "measured")
    ),
    **dict.fromkeys(("notes", "about", "curves", "pictures", "fits"), ()),
    **dict.fromkeys(("histograms", "parameters", "calibration_rows"), ()),
    "results_caption": "Results",
    "pictures_title": "Predictions for every input",
    "gradient_rows": 0,
    "explain": "",
}
"""What the template knows of a run, where there is nothing to show; beside it, each has a letter and a path."""


def page_of(records: Sequence[Record]) -> str:
    """Return the page of one run, or of several side by side, as HTML.

    Raises UnsupportedError, with the line to install them, without matplotlib or jinja2.
    """
    load_libraries()
    letters = comparison.letters_of(len(records))
    groups = comparison.data_groups(records)
    records = [without_folders(record) for record in records]
    with page_style():
        runs = [run_facts(record, letter) for record, letter in zip(records, letters, strict=True)]
        names = [short(name) for name in comparison.names_of(records)]
        joint = [_joint(records, letters, names, group) for group in groups]
    return render(
        title=f"Report: {', '.join(record.path for record in records)}"[:200],
        together="Side by side",
        runs=runs,
        names=names,
        joint=joint,
        differing=comparison.differing_settings(records),
        results=comparison.results(records),
    )


def _joint(
    records: Sequence[Record], letters: Sequence[str], names: Sequence[str], group: Sequence[int]
) -> dict[str, Any]:
    """Return the curves of the runs of one data, by their numbers, in pictures that these runs share."""
    own, alike = [names[number] for number in group], [records[number] for number in group]
    panels = curves.joint_panels(alike, own)
    return {
        "data": records[group[0]].settings["data"],
        "runs": ", ".join(own),
        "best": comparison.best_of(alike, own),
        "pictures": [
            curves.draw_panel(panel, f"joint-{letters[group[0]]}-{index}") for index, panel in enumerate(panels)
        ],
    }


def render(template_file: Path | None = None, **facts: Any) -> str:
    """Return the page that a template, which is that of runs where none is given, makes of facts."""
    here = Path(__file__)
    jinja2 = load_libraries()
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"digits": four_digits, "plain": printable, "short": short}
    file = template_file or here.with_name("template.html")
    template = environment.from_string(file.read_text(encoding="utf-8"))
    style = here.with_name("page.css").read_text(encoding="utf-8")
    page: str = template.render({"style": style, "verb": "report"} | facts)
    return page.lstrip()  # what is left of the macros


def short(name: str) -> str:
    """Return a name as text of a table, printable, and cut after 40 characters."""
    return cut(printable(name), LONGEST)


def load_libraries() -> Any:
    """Return the module jinja2; raise UnsupportedError, with the line to install them, without it or matplotlib."""
    try:
        importlib.import_module("matplotlib.figure")
        return importlib.import_module("jinja2")
    except ImportError as error:
        text = f'a report needs matplotlib and jinja2: pip install "nnfs-cython[report]" ({error})'
        raise UnsupportedError(text) from error


def run_facts(record: Record, letter: str) -> dict[str, Any]:
    """Return what the template shows of a run; ``letter`` is its short name, with which the names of pictures begin."""
    panels = curves.panels_of(record)
    seconds = curves.seconds_panel(record)
    return (
        SECTIONS
        | {
            "letter": letter,
            "path": record.path,
            "record": record,
            "notes": record.notes,
            "about": _about(record),
            "settings": list(comparison.settings_texts(record).items()),
            "settings_json": json.dumps(record.settings, indent=2, ensure_ascii=False),
            "results": [row for row in comparison.results([record]) if row[0] != "state"],
            "findings": record.findings if record.network is not None or record.findings else None,
            "results_caption": f"Results of epoch {record.epoch}, whose weights are shown"
            if record.epoch
            else "Results",
            "explain": _explain(record),
            "rate": curves.constant_rate(record),
            "curves": [curves.draw_panel(panel, f"{letter}-curve-{index}") for index, panel in enumerate(panels)],
            "seconds": None if seconds is None else curves.draw_panel(seconds, f"{letter}-seconds"),
            "time": timing.time_facts(record),
            "layers": None if record.profiled is None else timing.layer_rows(record.profiled),
            "reproducing": reproducing_facts(record),
            "gradient_rows": 0 if record.samples is None else min(histograms.MOST_ROWS, len(record.samples.train.x)),
        }
        | network_facts(record.network, record.measured, _gradients(record), letter)
    )


def network_facts(
    network: Sequential | None, measured: Measured | None, gradients: dict[str, Any], letter: str
) -> dict[str, Any]:
    """Return what the template shows of a network and of what it gives for samples; both may be missing."""
    facts: dict[str, Any] = {"measured": measured}
    if measured is not None:
        facts["confusion"], facts["answers"] = confusion_facts(measured), answer_facts(measured)
        facts["mistakes"] = mistake_facts(measured)
        facts["pictures"] = [] if network is None else draw_plane(network, measured, f"{letter}-plane")
        facts["fits"] = [draw_fit(fit, f"{letter}-fit-{i}") for i, fit in enumerate(fits_of(measured)[:6])]
        if calibration := calibration_of_measured(measured):
            facts["calibration"] = draw_calibration(calibration, f"{letter}-calibration")
            facts["calibration_rows"] = calibration_rows(calibration)
    if network is not None:
        facts["summary"] = summary_table(network.layers)
        facts["kernels"] = _kernels(network, measured)
        parameters = histograms.parameter_facts(network, gradients)
        facts["parameters"] = parameters
        facts["histograms"] = [
            histograms.draw_histograms(one, f"{letter}-histogram-{index}")
            for index, one in enumerate(histograms.drawn(parameters))
        ]
    return facts


def _explain(record: Record) -> str:
    """Return the command that explains a sample of those that are measured here, up to its number."""
    words = ["nnfs", "explain", record.path]
    if record.measured_part == "validation":
        words.append(str(record.settings["validation_data"]))
    elif record.measured_part == "train" and record.samples is not None and record.samples.test is not None:
        words += ["--part", "train"]
    return shlex.join([*words, "--sample"])


def _kernels(network: Sequential, measured: Measured | None) -> dict[str, Any] | None:
    if measured is None or measured.x.ndim != 4 or not len(measured.x):
        return kernel_facts(network, None, "")
    return kernel_facts(network, measured.x[0], f"sample {measured.name_of(0)} of the {measured.about}")


def _gradients(record: Record) -> dict[str, Any]:
    network, samples = record.network, record.samples
    if network is None or samples is None or record.measured is None or (y := samples.train.y) is None:
        return {}
    train, rows = samples.train, slice(histograms.MOST_ROWS)
    weights = None if train.weights is None else train.weights[rows]
    return histograms.gradients_of(network, train.x[rows], y[rows], weights)


def _about(record: Record) -> list[tuple[str, str]]:
    """Return what a run was trained on, as names and texts."""
    lines = [("state", record.state), ("data", str(record.settings["data"]))]
    network, samples = record.network, record.samples
    if samples is not None and network is not None and network.loss is not None:
        lines.append(("samples", describe_samples(samples, network.loss)))
        lines.append(("held out for validation", f"{record.held:,} of the training samples"))
    if record.network is not None:
        lines.append(("what is shown", record.network_of))
    if record.measured is not None:
        lines.append(("measured here on", record.measured.about))
    machine = record.environment
    if machine:
        lines.append(
            ("trained by", f"nnfs {machine.get('nnfs')}, {machine.get('backend')}, {machine.get('processor')}")
        )
    return lines
