"""An installation is found, its experiments are listed, and nothing in it is ever changed."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from autosubmit_core import demo
from autosubmit_core.answers.report import SECTIONS, ReportRequest, report
from autosubmit_core.archive import Archive, open_archive, sources
from autosubmit_core.archive.archive import SMALL_BYTES
from autosubmit_core.errors import ExperimentNotFoundError, InstallationError
from autosubmit_core.readers.job_list import read_job_list
from autosubmit_core.tables import JobTable


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo.build(tmp_path_factory.mktemp("installation"), now=1_780_000_000)


def everything_below(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Return size, change and identity of every file and folder, by its path."""
    found = {}
    for path in [folder, *folder.rglob("*")]:
        facts = path.lstat()
        found[str(path)] = (facts.st_size, facts.st_mtime_ns, facts.st_ino)
    return found


def test_an_archive_lists_its_experiments_by_number(installation: Path) -> None:
    known = open_archive(installation).experiments()
    assert len(known) == len(set(known.name))
    assert known.id.tolist() == sorted(known.id)


def test_an_installation_may_be_named_by_its_file_or_its_folder(installation: Path) -> None:
    by_folder = open_archive(installation)
    by_file = open_archive(str(installation / "autosubmitrc"))
    assert by_folder.experiments().name.tolist() == by_file.experiments().name.tolist()


def test_no_installation_is_one_clear_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AUTOSUBMIT_CONFIGURATION", str(tmp_path / "nowhere"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InstallationError, match="AUTOSUBMIT_CONFIGURATION"):
        open_archive()


@pytest.mark.parametrize("expid", ["zzzz", "..", "a/b", "", "A00Q"])
def test_an_unknown_experiment_is_not_found(installation: Path, expid: str) -> None:
    with pytest.raises(ExperimentNotFoundError):
        open_archive(installation).experiment(expid)


def test_an_experiment_registered_meanwhile_is_found(tmp_path: Path) -> None:
    jobs = demo.jobs_named(["t000_INI"])
    demo.make_experiment(tmp_path, "t000", jobs=jobs)
    archive = open_archive(tmp_path)
    demo.make_experiment(tmp_path, "t001", jobs=jobs)
    assert archive.experiment("t001").jobs.name.tolist() == ["t000_INI"]


def test_reading_everything_changes_nothing_in_the_installation(installation: Path) -> None:
    before = everything_below(installation)
    archive = open_archive(installation)
    for expid in archive.experiments().name:
        report(archive.experiment(expid), ReportRequest(expids=(expid,), sections=SECTIONS))
    assert everything_below(installation) == before


def test_what_is_unchanged_is_shared_and_not_read_again(installation: Path) -> None:
    for path in installation.rglob("*"):
        # What was written this very moment may be written again within the same step of the clock.
        os.utime(path, (path.stat().st_mtime - 5,) * 2)
    archive = open_archive(installation)
    one, other = archive.experiment("a0k2"), archive.experiment("a0k2")
    for source in ("jobs", "history", "runs", "structure", "configuration"):
        assert getattr(one, source) is getattr(other, source)


def test_a_bounded_memory_still_answers(installation: Path) -> None:
    archive = open_archive(installation, memory_bytes=0)
    assert archive.experiment("a0k2").jobs is not archive.experiment("a0k2").jobs


def test_many_threads_may_ask_one_archive(installation: Path) -> None:
    archive = open_archive(installation)
    counts: list[int] = []

    def ask(archive: Archive) -> None:
        for expid in archive.experiments().name[1:]:
            counts.append(sum(archive.experiment(expid).counters().values()))

    threads = [threading.Thread(target=ask, args=(archive,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    once = sum(len(archive.experiment(expid).jobs) for expid in archive.experiments().name[1:])
    assert sum(counts) == 4 * once


def test_a_slow_job_list_holds_up_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for expid in ("a000", "a001"):
        demo.make_experiment(tmp_path, expid, jobs=demo.jobs_named([f"{expid}_INI"]))
    archive, begun, go_on = open_archive(tmp_path), threading.Event(), threading.Event()

    def slow_for_one(path: Path) -> JobTable:
        if "a000" in path.name:
            begun.set()
            assert go_on.wait(10)
        return read_job_list(path)

    monkeypatch.setattr(sources, "read_job_list", slow_for_one)
    slow = threading.Thread(target=lambda: archive.experiment("a000").jobs)
    quick = threading.Thread(target=lambda: archive.experiment("a001").jobs)
    slow.start()
    assert begun.wait(10)
    quick.start()
    quick.join(5)
    held_up = quick.is_alive()
    go_on.set()
    slow.join()
    quick.join()
    assert not held_up


def test_a_damaged_main_database_is_said(installation: Path, tmp_path: Path) -> None:
    demo.make_experiment(tmp_path, jobs=demo.jobs_named(["t000_INI"]))
    os.truncate(tmp_path / "autosubmit.db", 600)
    with pytest.raises(InstallationError, match="main database"):
        open_archive(tmp_path)


def test_what_is_small_is_told_by_the_size_of_files(tmp_path: Path) -> None:
    demo.make_experiment(tmp_path, "a000", jobs=demo.jobs_named(["a000_INI"]))
    archive = open_archive(tmp_path)
    assert archive.is_small("a000")
    assert archive.is_small("a001")
    assert archive.is_small("../a000")
    os.truncate(archive.installation.job_list_pickle("a000"), SMALL_BYTES + 1)
    assert not archive.is_small("a000")
