"""Experiments of a few hand-made jobs, mostly for tests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from autosubmit_core.demo.generations import generation
from autosubmit_core.demo.installation import catalogue_rows, write_experiment
from autosubmit_core.demo.records import Records
from autosubmit_core.demo.writing.catalogues import write_catalogue, write_run_control
from autosubmit_core.readers.catalogue import read_catalogue
from autosubmit_core.readers.installation import read_installation
from autosubmit_core.readers.locations import locations_of
from autosubmit_core.status import Status
from autosubmit_core.tables import (
    AttemptTable,
    ExperimentTable,
    JobHistory,
    JobTable,
    RunTable,
    Structure,
    UserMetricTable,
    WrapperTable,
)

__all__ = ["jobs_named", "make_experiment", "register"]

_NAME = re.compile(
    r"[a-z0-9]+_((?P<date>\d{8})_)?((?P<member>[a-z]+\d+)_)?((?P<chunk>\d+)_)?(?P<section>[A-Z_]+)"
)


def jobs_named(names: Iterable[str], **columns: Any) -> JobTable:
    """Return jobs of which the names tell section, date, member and chunk; all WAITING.

    ``columns`` gives or replaces columns of the table, one value a job:

    >>> jobs = jobs_named(["t000_INI", "t000_20200101_fc0_2_SIM"], status=[5, 4])
    >>> jobs.section.tolist(), jobs.chunk.tolist(), jobs.status.tolist()
    (['INI', 'SIM'], [0, 2], [5, 4])

    Raises :class:`ValueError` for a name of another form; for jobs with splits make the table.
    """
    listed = list(names)
    found = [_NAME.fullmatch(name) for name in listed]
    parts = [match.groupdict() for match in found if match]
    if len(parts) < len(listed):
        raise ValueError(f"no usual name of a job: {listed[found.index(None)]}")
    made: dict[str, Any] = {
        "name": listed,
        "status": [Status.WAITING] * len(listed),
        "section": [part["section"] for part in parts],
        "date": [_iso_date(part["date"]) for part in parts],
        "member": [part["member"] for part in parts],
        "chunk": [int(part["chunk"] or 0) for part in parts],
    }
    return JobTable.of(len(listed), **(made | columns))


def make_experiment(
    folder: Path,
    expid: str = "t000",
    *,
    jobs: JobTable,
    history: JobHistory | None = None,
    runs: RunTable | None = None,
    structure: Structure | None = None,
    wrappers: WrapperTable | None = None,
    attempts: AttemptTable | None = None,
    metrics: UserMetricTable | None = None,
    configuration: Mapping[str, Any] | None = None,
    version: str = "4.1.17.1",
    description: str = "made by hand",
    modified: int = 1_700_000_000,
) -> Path:
    """Write one experiment of given tables, and return its folder.

    ``folder`` is the installation, told by ``folder/autosubmitrc``; it is made or extended, and an
    experiment of the same name is replaced in its catalogue. Of ``history`` and ``runs`` either
    makes a historical database; what else is None has no file. ``attempts`` are TOTAL_STATS
    lines, their ``job`` a position in ``jobs``. ``configuration`` holds the sections of the YAML
    files, or of the INI files for a version below 4; without one, a minimal one is made that names the
    sections of the jobs and month-long chunks. ``version`` decides the formats of everything.
    ``modified`` is when the job list changed last, in seconds since 1970 UTC.
    """
    if history is not None or runs is not None:
        history = JobHistory.empty() if history is None else history
        runs = RunTable.empty() if runs is None else runs
    records = Records(
        expid=expid,
        description=description,
        version=version,
        configuration=_minimal(expid, jobs, version) if configuration is None else configuration,
        jobs=jobs,
        structure=Structure.empty() if structure is None else structure,
        history=history,
        runs=runs,
        attempts=attempts,
        wrappers=wrappers,
        metrics=metrics,
        modified=modified,
        user=None,
    )
    register(folder, records)
    return write_experiment(folder, records)


def register(folder: Path, records: Records) -> None:
    """Add an experiment to the catalogue of an installation, which is made if there is none."""
    run_control = folder / "autosubmitrc"
    known = ExperimentTable.empty()
    if run_control.exists():
        known, _ = read_catalogue(locations_of(read_installation(run_control)))
        known = known.take(np.flatnonzero(known.name != records.expid))
    number = int(known.id.max(initial=0)) + 1
    added = catalogue_rows([records], first_id=number).columns()
    columns = {
        name: np.concatenate([values, added[name]]) for name, values in known.columns().items()
    }
    folder.mkdir(parents=True, exist_ok=True)
    write_run_control(run_control, folder.absolute())
    write_catalogue(folder, ExperimentTable.of(len(known) + 1, **columns))


def _minimal(expid: str, jobs: JobTable, version: str) -> dict[str, Any]:
    sections = dict.fromkeys(section for section in jobs.section if section)
    if generation(version).yaml:
        return {
            "DEFAULT": {"EXPID": expid, "HPCARCH": "LOCAL"},
            "EXPERIMENT": {"CHUNKSIZEUNIT": "month", "CHUNKSIZE": 1},
            "JOBS": {section: {"SCRIPT": "sleep 1"} for section in sections},
        }
    return {
        "conf": {"config": {"EXPID": expid, "AUTOSUBMIT_VERSION": version}},
        "exp": {
            "DEFAULT": {"EXPID": expid, "HPCARCH": "local"},
            "experiment": {"CHUNKSIZEUNIT": "month", "CHUNKSIZE": "1"},
        },
        "jobs": {section: {"FILE": "job.sh"} for section in sections},
    }


def _iso_date(digits: str | None) -> str:
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}" if digits else "NaT"
