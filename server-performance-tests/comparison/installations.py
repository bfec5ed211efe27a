"""The experiments that are asked about: built or taken, and copied so that each server has its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from autosubmit_core import demo, open_archive
from autosubmit_core.demo.writing.catalogues import write_run_control
from autosubmit_core.readers.installation import read_installation
from autosubmit_core.status import Status

__all__ = ["Copy", "Subject", "demo_installation", "subject_of"]


@dataclass(frozen=True, slots=True)
class Subject:
    """An experiment to measure with, which nobody writes to."""

    config: Path
    expid: str
    #: How many jobs it has, and the name of one that has run.
    jobs: int
    job: str
    #: Its job list with one job in another status.
    changed: Path

    def path(self, template: str) -> str:
        """Return the path of a request about it."""
        return template.format(expid=self.expid, job=self.job)


def demo_installation(jobs: int, cache: Path) -> Path:
    """Return the run-control file of a demo with an experiment of about so many jobs, ``abig``.

    It is built if it is not there yet.
    """
    folder = cache / f"demo{jobs}"
    if not (folder / "autosubmitrc").exists():
        shutil.rmtree(folder, ignore_errors=True)
        print(f"building a demo of {jobs} jobs in {folder}", file=sys.stderr)
        demo.build(folder, jobs=jobs)
    return folder / "autosubmitrc"


def subject_of(config: Path, expid: str, cache: Path) -> Subject:
    """Return an experiment of an installation, and make what its job list may change to."""
    experiment = open_archive(config).experiment(expid)
    jobs = experiment.jobs
    ran = (jobs.status == Status.COMPLETED) & (jobs.section == "SIM")
    names = jobs.name[ran] if ran.any() else jobs.name
    source = read_installation(config).job_list_pickle(expid)
    changed = cache / "changed" / f"{expid}_{len(jobs)}.pkl"
    if not changed.exists() or changed.stat().st_mtime < source.stat().st_mtime:
        changed.parent.mkdir(parents=True, exist_ok=True)
        program = [sys.executable, "-m", "comparison.pickles", str(source), str(changed)]
        subprocess.run(program, check=True, cwd=Path(__file__).parents[1])
    return Subject(config, expid, len(jobs), str(names[len(names) // 2]), changed)


class Copy:
    """A copy of a subject in an installation of its own, whose files change as told."""

    def __init__(self, subject: Subject, folder: Path) -> None:
        self.subject = subject
        self.config = folder / "autosubmitrc"
        self._copy_files(folder)
        self._place = read_installation(self.config)
        self._lists = (self.job_list.read_bytes(), subject.changed.read_bytes())
        self._shown = 0

    @property
    def job_list(self) -> Path:
        """The file of the job list."""
        return self._place.job_list_pickle(self.subject.expid)

    def change_one_job(self) -> None:
        """Store the job list anew, as Autosubmit does, with one job in another status."""
        self._shown = 1 - self._shown
        new = self.job_list.with_suffix(".tmp")
        new.write_bytes(self._lists[self._shown])
        os.replace(new, self.job_list)

    def change_all(self) -> None:
        """Let everything look new that is read of the experiment: nothing kept is of use any more."""
        self.change_one_job()
        expid, place = self.subject.expid, self._place
        touched = [
            place.job_packages(expid),
            place.structure(expid),
            place.job_data(expid),
            *place.conf(expid).iterdir(),
        ]
        for path in touched:
            if path.exists():
                os.utime(path)

    def _copy_files(self, folder: Path) -> None:
        source, expid = read_installation(self.subject.config), self.subject.expid
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(source.experiment_folder(expid), folder / expid, symlinks=True)
        write_run_control(self.config, folder)
        made = read_installation(self.config)
        for each in (source.main_database(), source.status_database()):
            if each.exists():
                shutil.copy2(each, folder)
        for old, new in (
            (source.structure(expid), made.structure(expid)),
            (source.job_data(expid), made.job_data(expid)),
        ):
            new.parent.mkdir(parents=True, exist_ok=True)
            if old.exists():
                shutil.copy2(old, new)
        made.graphdata_dir.mkdir(parents=True, exist_ok=True)
