"""What the tests of the demo share: one installation, built once."""

from __future__ import annotations

from pathlib import Path

import pytest

from autosubmit_core import demo

#: The moment that the demo of these tests is built for: 2026-02-02 02:40 UTC.
NOW = 1_770_000_000


@pytest.fixture(scope="session")
def demo_now() -> int:
    """The moment that the demo is built for, in seconds since 1970 UTC."""
    return NOW


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo installation with all its experiments."""
    return demo.build(tmp_path_factory.mktemp("demo"), seed=1, now=NOW)
