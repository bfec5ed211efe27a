from __future__ import annotations

import gzip
import lzma
import os
from pathlib import Path

import pytest

from autosubmit_core.errors import SourceUnreadableError
from autosubmit_core.readers.logs import JobLogs, is_job_log_name, job_logs_of, tail


def logs_of(folder: Path, *names: str) -> JobLogs:
    for name in names:
        (folder / name).touch()
    return job_logs_of(folder)


def test_the_log_that_the_history_names_is_right_where_it_is_there(folder: Path) -> None:
    # Autosubmit 4.2: the second attempt has the stamp of the first, and the other way round.
    first, second = "X.20261121223936.out", "X.20261121223932.out_attempt_1"
    logs = logs_of(folder, first, second)
    assert logs.finished_log("X", "out", noted=second) == second
    assert logs.finished_log("X", "out", noted=first) == first


@pytest.mark.parametrize("packed", [".xz", ".gz"])
def test_a_log_that_was_packed_later_is_found_under_its_noted_name(
    folder: Path, packed: str
) -> None:
    noted = "X.20240101000000.out"
    logs = logs_of(folder, noted + packed, "X.20250101000000.out")
    assert logs.finished_log("X", "out", noted) == noted + packed


def test_without_a_noted_name_the_last_attempt_is_chosen(folder: Path) -> None:
    versions = {
        "4.1.10": ["A.20261121232315.out", "A.20261121232326.out"],
        "4.1.11 in a vertical wrapper": ["B.20261121232315_1.out", "B.20261121232315_2.out"],
        "4.1.12 to 4.1.16": ["C.20261121222258.out", "C.20261121222303.out_retrial_1"],
        "4.1.17": ["D.20261121222303.out_attempt_2", "D.20261121222303.out_attempt_10"],
        "4.2": ["E.20261121223936.out", "E.20261121223932.out_attempt_1"],
    }
    logs = logs_of(folder, *(name for names in versions.values() for name in names))
    for names in versions.values():
        assert logs.finished_log(names[-1][0], "out", noted="gone.20200101000000.out") == names[-1]


def test_a_job_whose_name_begins_another_has_its_own_log(folder: Path) -> None:
    logs = logs_of(folder, "a_POST.20240101000000.out", "a_POST_X.20250101000000.out")
    assert logs.finished_log("a_POST", "out") == "a_POST.20240101000000.out"
    assert logs.finished_log("a_POST_X", "out") == "a_POST_X.20250101000000.out"
    assert logs.finished_log("a_POS", "out") is None


def test_a_dot_in_the_name_of_a_job_is_part_of_it(folder: Path) -> None:
    logs = logs_of(folder, "a_V1.5.20240101000000.err")
    assert logs.finished_log("a_V1.5", "err") == "a_V1.5.20240101000000.err"
    assert logs.finished_log("a_V1", "err") is None


def test_the_plain_log_wins_over_the_packed_one_still_being_written(folder: Path) -> None:
    plain = "X.20240101000000.out"
    logs = logs_of(folder, plain, plain + ".xz", plain + ".gz")
    assert logs.finished_log("X", "out") == plain
    assert logs.finished_log("X", "out", noted=plain) == plain


def test_both_logs_of_a_job_may_be_packed_differently(folder: Path) -> None:
    (folder / "X.20240101000000.out.xz").write_bytes(lzma.compress(b"to out\n"))
    (folder / "X.20240101000000.err.gz").write_bytes(gzip.compress(b"to err\n"))
    logs = job_logs_of(folder)
    out, err = logs.finished_log("X", "out"), logs.finished_log("X", "err")
    assert out is not None
    assert err is not None
    assert tail(folder, out).lines == ("to out",)
    assert tail(folder, err).lines == ("to err",)


def test_a_running_job_writes_the_log_with_the_highest_number(folder: Path) -> None:
    numbered = [f"X.cmd.out.{n}" for n in (0, 2, 10)]
    logs = logs_of(folder, *numbered, "Y.cmd.out", "X.20240101000000.out")
    assert logs.running_log("X", "out") == "X.cmd.out.10"
    assert logs.running_log("Y", "out") == "Y.cmd.out"
    assert logs.running_log("X", "err") is None
    assert logs.finished_log("X", "out") == "X.20240101000000.out"


def test_only_regular_files_are_logs(folder: Path) -> None:
    (folder / "X.20240101000000.out").mkdir()
    (folder / "Y.20240101000000.out").symlink_to("/etc/passwd")
    os.mkfifo(folder / "Z.20240101000000.out")
    logs = job_logs_of(folder)
    assert logs.names == frozenset()
    assert all(logs.finished_log(job, "out", f"{job}.20240101000000.out") is None for job in "XYZ")


def test_no_folder_holds_no_logs(folder: Path) -> None:
    assert job_logs_of(folder / "gone").names == frozenset()


def test_a_folder_that_may_not_be_read_is_said_to_be_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refusing)
    with pytest.raises(SourceUnreadableError, match="cannot be read"):
        job_logs_of(folder)


def test_the_logs_of_many_jobs_take_one_listing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [
        f"a_{i}_SIM.2024010100{i % 60:02}00.{kind}" for i in range(500) for kind in ("out", "err")
    ]
    logs_of(folder, *names)
    listings, scandir = [], os.scandir

    def counting(path: Path) -> object:
        listings.append(path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", counting)
    logs = job_logs_of(folder)
    chosen = [logs.finished_log(f"a_{i}_SIM", kind) for i in range(500) for kind in ("out", "err")]
    assert chosen == names
    assert listings == [folder]


@pytest.mark.parametrize(
    "name",
    [
        "a000_SIM.cmd",
        "a000_SIM_TOTAL_STATS",
        "a000_SIM.2024.out",
        "a000_SIM.20240101000000.out.bz2",
        "a000_SIM.20240101000000.out\n",
        "a000_SIM.٢٠٢٤٠١٠١٠٠٠٠٠٠.out",
        ".20240101000000.out",
        "a000_SIM.20240101000000.outs",
    ],
)
def test_other_files_are_no_job_logs(name: str) -> None:
    assert not is_job_log_name(name)
