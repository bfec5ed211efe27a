"""What is measured with: the large experiment of a demo, at two sizes."""

from __future__ import annotations

from pathlib import Path

import pytest

from autosubmit_core import Archive, Experiment, open_archive
from comparison.installations import demo_installation

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "side_by_side"

#: Enough for everything that is read: it is not the cache that is measured here.
MEMORY_BYTES = 4 * 2**30


@pytest.fixture(scope="session", params=[10_000, 100_000], ids=["10k", "100k"])
def archive(request: pytest.FixtureRequest) -> Archive:
    """An installation whose experiment ``abig`` has so many jobs; built once and kept."""
    CACHE.mkdir(parents=True, exist_ok=True)
    return open_archive(demo_installation(request.param, CACHE), memory_bytes=MEMORY_BYTES)


@pytest.fixture
def experiment(archive: Archive) -> Experiment:
    """The large experiment, of which every source is read already and nothing computed."""
    experiment = archive.experiment("abig")
    for _ in (experiment.jobs, experiment.history, experiment.runs, experiment.structure):
        pass
    return archive.experiment("abig")
