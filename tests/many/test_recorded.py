"""Tables that are read back: the results that were written, and errors for what is no table."""

from __future__ import annotations

import pytest

from nnfs.errors import FormatError
from nnfs.many.recorded import is_recorded, read_recorded
from nnfs.many.result import Result
from nnfs.many.table import Table


def test_a_table_is_read_as_it_was_written(tmp_path):
    settings = {0: {"seed": 1, "network.hidden_units": "[16, 16]"}, 1: {"seed": 2}}
    results = [
        Result(0, {"loss": 0.5, "val_loss": 0.25}, 1.5, stopped="early", run=str(tmp_path / "abc")),
        Result(1, error="ValueError: no"),
    ]
    with Table(str(tmp_path), settings) as table:
        for result in results[::-1]:
            table.add(result, verbose=False)
    found = read_recorded(tmp_path)
    assert is_recorded(tmp_path)
    assert (found.results, found.settings, found.best) == (results, settings, "val_loss")


def test_a_table_whose_runs_all_failed_is_read(tmp_path):
    with Table(str(tmp_path), {0: {"seed": 1}}) as table:
        table.add(Result(0, error="ValueError: no"), verbose=False)
    assert read_recorded(tmp_path).settings == {0: {"seed": 1}}


@pytest.mark.parametrize(
    "text", ["", "a,b\n1,2\n", "job,seconds,stopped,error,run\n1,2\n", "job,seconds,stopped,error,run\nx,,,,\n", "\xff"]
)
def test_what_is_no_table_is_refused(tmp_path, text):
    (tmp_path / "results.csv").write_bytes(text.encode("latin-1"))
    with pytest.raises(FormatError, match=r"results\.csv"):
        read_recorded(tmp_path)
    (tmp_path / "sweep.json").write_text("{")


def test_a_damaged_file_of_the_sweep_is_as_none(tmp_path):
    (tmp_path / "results.csv").write_text("job,seconds,stopped,error,run\n")
    (tmp_path / "sweep.json").write_text("{")
    assert read_recorded(tmp_path).best == "val_loss"
