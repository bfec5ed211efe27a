"""A folder of logs, and eyes on what reading them costs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "LOG_a000"
    made.mkdir()
    return made


@pytest.fixture
def bytes_read(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Count what is read from files from here on."""
    total, pread = 0, os.pread

    def counting(descriptor: int, length: int, offset: int) -> bytes:
        nonlocal total
        data = pread(descriptor, length, offset)
        total += len(data)
        return data

    monkeypatch.setattr(os, "pread", counting)
    return lambda: total
