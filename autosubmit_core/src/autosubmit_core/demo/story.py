"""An experiment of the demo: what it simulates, with which Autosubmit, and how far it got."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from autosubmit_core.demo.generations import generation
from autosubmit_core.demo.life import Life
from autosubmit_core.demo.past import history, runs, total_stats
from autosubmit_core.demo.present import job_list, wrappers
from autosubmit_core.demo.records import Records
from autosubmit_core.demo.seen import Seen
from autosubmit_core.demo.settings import ini_settings, yaml_settings
from autosubmit_core.demo.simulation import Launch, live
from autosubmit_core.demo.workflow import Workflow
from autosubmit_core.demo.writing.instants import local_text
from autosubmit_core.status import Status
from autosubmit_core.tables import JobHistory, JobTable, RunTable, Structure, UserMetricTable

__all__ = ["Story"]

_DAY, _HOUR = 86_400, 3_600
#: Seconds that a running Autosubmit lets pass between two looks at its jobs, about.
_LAST_LOOK = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """An experiment, and where in its life it is."""

    expid: str
    description: str
    version: str
    workflow: Workflow
    #: Its launches; none if it was only created.
    launches: tuple[Launch, ...] = ()
    #: How far its last run is now, from 0 to 1; None if it ended.
    share: float | None = None
    #: Hours since anything of its last run moved, which was noted by nobody.
    silent_hours: float = 0.0
    #: Days since it ended, or since it was created if it was never launched.
    age_days: float = 0.0
    user: str = "climate"
    #: Git repository and branch of its model.
    origin: str = ""
    branch: str = "main"
    #: Numbers that each of its simulation jobs reports: their names and means.
    measures: dict[str, float] = field(default_factory=dict)
    #: Whether its folder was moved away, so that only the catalogue knows it.
    archived: bool = False

    def records(self, *, seed: int, now: int) -> Records:
        """Return what is on disk of it now, in seconds since 1970 UTC."""
        if not self.launches:
            return self._records_of_creation(now)
        life = self.life(seed)
        seen = now - self.silence
        records = self.records_at(life, self.moment(life), seed=seed, now=seen)
        assert records.runs is not None
        return replace(records, modified=int(records.runs.finish[-1]) or seen - _LAST_LOOK)

    def life(self, seed: int) -> Life:
        """Return all that ever happens to it."""
        return live(self.workflow, launches=self.launches, seed=seed)

    def moment(self, life: Life) -> int:
        """Return how far in its life it is, in seconds since the first launch."""
        if self.share is not None:
            return life.busy_moment(self.share)
        return int(life.run_end[-1]) + round(self.age_days * _DAY)

    @property
    def silence(self) -> int:
        """For how long nothing has happened that should have. Seconds"""
        return round(self.silent_hours * _HOUR)

    def records_at(self, life: Life, moment: int, *, seed: int, now: int) -> Records:
        """Return what is on disk of it at a moment of its life, which is now."""
        records = self._records_of_creation(now)
        seen = Seen(
            life=life,
            expid=self.expid,
            created=self._jobs(),
            generation=generation(self.version),
            moment=moment,
            now=now,
        )
        past, launches = history(seen), runs(seen)
        return replace(
            records,
            jobs=job_list(seen),
            history=past,
            runs=launches,
            attempts=total_stats(seen),
            wrappers=wrappers(seen),
            metrics=_measured(self.measures, past, seed) if self.measures else None,
            modified=now,
            running=self.share is not None,
            created=int(launches.start[0]) - _DAY,
        )

    def _jobs(self) -> JobTable:
        jobs = self.workflow.jobs(self.expid)
        if generation(self.version).list_has_times:
            jobs = replace(jobs, fail_count=np.zeros(len(jobs), dtype=np.int32))
        return jobs

    def _records_of_creation(self, now: int) -> Records:
        """Return what ``create`` left on disk."""
        jobs = self._jobs()
        structure = self.workflow.structure(jobs)
        settings = yaml_settings if generation(self.version).yaml else ini_settings
        return Records(
            expid=self.expid,
            description=self.description,
            version=self.version,
            configuration=settings(
                self.workflow,
                self.expid,
                version=self.version,
                origin=self.origin,
                branch=self.branch,
            ),
            jobs=_created(jobs, structure),
            structure=structure,
            history=JobHistory.empty(),
            runs=RunTable.empty(),
            modified=now - round(self.age_days * _DAY),
            created=now - round(self.age_days * _DAY),
            user=self.user,
            model=self.origin or "NA",
            branch=self.branch if self.origin else "NA",
        )


def _created(jobs: JobTable, structure: Structure) -> JobTable:
    """Return jobs as ``create`` leaves them: READY where there is nothing to wait for."""
    status = np.full(len(jobs), Status.READY, dtype=np.int8)
    status[structure.child] = Status.WAITING
    return replace(jobs, status=status)


def _measured(measures: dict[str, float], history: JobHistory, seed: int) -> UserMetricTable:
    """Return what the completed simulation jobs reported, a row for each job and number."""
    random = np.random.default_rng(seed)
    rows = np.flatnonzero((history.section == "SIM") & (history.status == Status.COMPLETED))
    told = [(row, name, mean) for row in rows.tolist() for name, mean in measures.items()]
    values = random.normal(1, 0.03, len(told))
    return UserMetricTable.of(
        len(told),
        run_id=[history.run_id[row] for row, _, _ in told],
        job_name=[history.job_name[row] for row, _, _ in told],
        metric_name=[name for _, name, _ in told],
        metric_value=[f"{mean * value:.3f}" for (_, _, mean), value in zip(told, values)],
        modified=[local_text(int(history.finish[row]), offset=True) for row, _, _ in told],
    )
