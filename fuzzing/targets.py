"""All that is fuzzed, by name."""

from __future__ import annotations

from pathlib import Path

from fuzzing.configurations import configurations
from fuzzing.databases import databases
from fuzzing.job_lists import DICTIONARIES, PICKLES
from fuzzing.logs import logs
from fuzzing.requests import REPORTS
from fuzzing.target import Target

__all__ = ["NAMES", "targets"]


def targets(demo: Path) -> dict[str, Target]:
    """Return the targets; those that begin with the files of an installation, with that in a folder."""
    return {
        "pickle": PICKLES,
        "dictionary-pickle": DICTIONARIES,
        **databases(demo),
        **configurations(demo),
        **logs(demo),
        "report-request": REPORTS,
    }


NAMES = tuple(targets(Path()))
