"""Warnings point at the line that called nnfs."""

from __future__ import annotations

from nnfs.system.caller import calls_within


def call(depth, name):
    return depth() if name is None else eval("depth()", {"depth": depth, "__name__": name})


def test_calls_within_the_package_are_counted_and_others_are_not():
    assert call(calls_within, None) == 1
    assert call(calls_within, "nnfs.a") == 2
    assert call(lambda: call(calls_within, "nnfs.a"), "nnfs") == 2
    assert call(calls_within, "nnfs_other") == 1
