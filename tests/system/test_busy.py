"""A busy machine is detected, and sentences warn of it."""

from __future__ import annotations

import time

import pytest

from nnfs.system import busy


def test_the_share_is_processor_time_by_wall_time(monkeypatch):
    monkeypatch.setattr(busy, "get_num_threads", lambda: 3)
    monkeypatch.setattr(busy, "PROBE", 0.002)
    assert 0 < busy.processor_share() <= 1
    monkeypatch.setattr(
        time, "thread_time", lambda: time.perf_counter() / 4
    )  # each thread waits three quarters of the time
    assert busy.processor_share() == pytest.approx(0.25, rel=0.1)


def test_a_quiet_machine_has_no_caveat():
    assert busy.caveats([], []) == []
    assert busy.caveats([0.99, 0.93], [1.2, 1.9]) == []


def test_each_sign_of_a_busy_machine_gives_a_caveat():
    (line,) = busy.caveats([0.99, 0.424], [])
    assert "busy: of the processor time that was asked for it gave 42% at worst" in line
    (line,) = busy.caveats([0.99], [1.2, 3.14])
    assert "up to 3.1 times the usual ones" in line
