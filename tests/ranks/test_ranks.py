import time

import numpy as np
import pytest
from thread_ranks import run_ranks

from nnfs import NumericError, WorkerError
from nnfs.ranks.ranks import ALONE, Ranks


@pytest.fixture(autouse=True)
def short_grace(monkeypatch):
    monkeypatch.setattr("nnfs.ranks.ranks.GRACE", 0.2)
    monkeypatch.setattr("nnfs.ranks.ranks.PATIENCE", 0.05)


def everywhere(first, last):
    return True


@pytest.mark.parametrize("size", [1, 2, 4, 8])
def test_each_rank_has_the_sum_of_one_binary_tree(monkeypatch, size):
    values = np.random.default_rng(0).normal(size=(size, 37)).astype("float32") * np.float32(10) ** np.arange(37)

    def work(ranks):
        sums = ranks.add_up([values[ranks.rank], np.array([1.0, ranks.rank])], everywhere)
        return [array.copy() for array in sums]

    level = list(values)
    while len(level) > 1:
        level = [left + right for left, right in zip(level[::2], level[1::2], strict=True)]
    for floats, counts in run_ranks(monkeypatch, size, work):
        assert floats.tobytes() == level[0].tobytes()
        assert counts.tolist() == [size, size * (size - 1) / 2]


def test_ranks_that_have_nothing_are_left_out_of_a_sum(monkeypatch):
    def work(ranks):
        array = np.array([-0.0 if ranks.rank == 2 else 0.0])
        (total,) = ranks.add_up([array], lambda first, last: first <= 2 < last)
        return np.signbit(total[0])

    assert run_ranks(monkeypatch, 4, work) == [True] * 4


def test_values_of_all_ranks_come_to_all(monkeypatch):
    def work(ranks):
        return ranks.all_of("a" * ranks.rank), ranks.of_first({"rank": ranks.rank})

    assert run_ranks(monkeypatch, 4, work) == [(["", "a", "aa", "aaa"], {"rank": 0})] * 4


def test_a_process_that_is_alone_exchanges_nothing():
    array = np.arange(3.0)
    assert ALONE.add_up([array], everywhere)[0] is array
    assert (ALONE.all_of("x"), ALONE.of_first("x"), ALONE.is_first) == (["x"], "x", True)
    with pytest.raises(KeyError), ALONE.together():
        raise KeyError
    assert not ALONE.is_broken


@pytest.mark.parametrize("error", [ValueError("no\x1b luck"), MemoryError(), SystemExit(3), KeyboardInterrupt()])
def test_a_rank_that_fails_ends_all_others_with_its_cause(monkeypatch, capsys, error):
    def work(ranks):
        with ranks.together(lambda: "step 7"):
            ranks.all_of(0)
            if ranks.rank == 3:
                raise error
            ranks.all_of(1)

    results = run_ranks(monkeypatch, 4, work)
    assert results[3] is error
    for result in results[:3]:
        assert type(result) is WorkerError
        assert str(result).startswith(f"rank 3 of 4 failed at step 7: {type(error).__name__}:")
        assert "\x1b" not in str(result)
    assert capsys.readouterr().err.count("rank 3 of 4 failed at step 7") == 1


def test_numbers_that_are_not_finite_on_one_rank_are_a_numeric_error_on_all(monkeypatch):
    def work(ranks):
        with ranks.together():
            if ranks.rank == 0:
                raise NumericError("too large", step=4, layer=1)
            ranks.all_of(1)

    first, second = run_ranks(monkeypatch, 2, work)
    assert str(first) == "too large"
    assert (str(second), second.step, second.layer) == ("rank 0: too large", 4, 1)


def test_a_rank_that_hangs_is_named_by_all_others(monkeypatch):
    def work(ranks):
        if ranks.rank == 2:
            time.sleep(0.6)
            return None
        with ranks.together():
            ranks.all_of(0)

    results = run_ranks(monkeypatch, 4, work, timeout=0.3)
    assert results[2] is None
    for rank in (0, 1, 3):
        assert str(results[rank]).startswith("rank 2 of 4 did not answer for 0.3 seconds")


def test_ranks_that_do_not_do_the_same_are_told_so_before_the_timeout(monkeypatch):
    def work(ranks):
        with ranks.together():
            ranks.all_of(0) if ranks.rank else ranks.add_up([np.ones(3)], everywhere)

    began = time.monotonic()
    results = run_ranks(monkeypatch, 2, work, timeout=60)
    assert time.monotonic() - began < 30
    for rank, result in enumerate(results):
        assert f"the ranks do not do the same: rank {rank} gives {['sums', 'sizes'][rank]}" in str(result)


def test_nothing_is_exchanged_after_a_rank_has_failed(monkeypatch):
    def work(ranks):
        with pytest.raises((ZeroDivisionError, WorkerError)), ranks.together():
            ranks.all_of(1 / (1 - ranks.rank))
        assert ranks.is_broken
        ranks.leave()
        ranks.all_of(0)

    assert all("a rank has failed before" in str(result) for result in run_ranks(monkeypatch, 2, work))


def test_one_rank_of_a_line_is_not_the_first():
    assert not Ranks(type("Line", (), {"rank": 1, "size": 2})()).is_first
