"""Fixtures for the tests of callbacks."""

from __future__ import annotations

import os

import pytest


@pytest.fixture
def no_fsync(monkeypatch):
    """Do not wait for the disk, hundreds of times; that files are on it when they get their names is atomic's test."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)
