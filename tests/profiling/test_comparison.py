"""The comparisons with PyTorch and onnxruntime: ratios, and tables without the columns of rivals that are missing."""

from __future__ import annotations

import pytest

from nnfs.profiling import COMPARISONS, Peaks, Times, compare, comparison_caveats, comparison_table, find_network

PEAKS = Peaks(arithmetic=100.0, arithmetic_one_thread=50.0, copies={1: 1.0})
MLP = find_network("MLP")


@pytest.fixture
def measured(monkeypatch):
    """Return a function that compares the MLP, with given median times in microseconds instead of measured ones."""

    def measure(kind, **medians):
        times = {name.replace("_", " ", 1): Times(float(value), 2.0 * value) for name, value in medians.items()}
        monkeypatch.setattr("nnfs.profiling.comparison.interleave", lambda contestants, **options: times)
        return compare(COMPARISONS[kind], MLP, [], PEAKS, rounds=1, seconds=1)

    return measure


def test_the_better_layout_of_pytorch_counts(measured):
    row = measured("batch", nnfs=100, torch=300, torch_channels_last=160, onnxruntime=90)
    assert (row["torch"]["median"], row["torch_layout"]) == (160, "NHWC")
    assert (row["torch_ratio"], row["onnxruntime_ratio"]) == (1.6, 0.9)


def test_a_busy_machine_is_told(measured, monkeypatch):
    shares = iter([0.99, 0.98, 0.97, 0.6])
    monkeypatch.setattr("nnfs.profiling.comparison.processor_share", lambda: next(shares))
    rows = [measured("step", nnfs=100, torch=200), measured("step", nnfs=100)]
    assert comparison_caveats(rows[:1]) == []
    (line,) = comparison_caveats(rows)
    assert "gave 60% at worst" in line
    rows[0]["torch"]["p90"] = 3 * rows[0]["torch"]["median"]
    (line,) = comparison_caveats(rows[:1])
    assert "up to 3.0 times the usual ones" in line


def test_the_share_of_the_limit(measured):
    row = measured("batch", nnfs=1000)
    multiply_adds = 784 * 128 + 128 * 64 + 64 * 10
    assert row["gflops"] == pytest.approx(2 * 64 * multiply_adds / 1e-3 / 1e9)
    assert row["peak_share"] == pytest.approx(row["gflops"] / 100)


def test_the_table_leaves_out_what_was_not_measured(measured):
    rows = [measured("step", nnfs=100), measured("sample", nnfs=50)]
    assert rows[0]["torch_ratio"] is rows[0]["onnxruntime_ratio"] is None
    text = comparison_table(rows)
    assert "p90 | GFLOP/s | of peak |\n" in text  # the last column
    text = comparison_table([measured("sample", nnfs=100, torch=140)])
    assert "torch/nnfs |\n" in text
    assert "NCHW" in text
    assert "onnxruntime" not in text


@pytest.mark.parametrize("kind", COMPARISONS)
def test_measures(kind, backend):
    row = compare(COMPARISONS[kind], find_network("moons MLP"), [], PEAKS, rounds=1, seconds=0.01)
    assert 0 < row["nnfs"]["median"] <= row["nnfs"]["p90"]
