"""``_TOTAL_STATS`` files are read in every shape that writers have left them in."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autosubmit_core.demo.writing.histories import write_total_stats
from autosubmit_core.errors import SourceUnreadableError
from autosubmit_core.readers import job_times
from autosubmit_core.readers.job_times import attempts_versions, read_attempts
from autosubmit_core.status import Status
from autosubmit_core.tables import AttemptTable

JOB = "a000_20200101_fc0_1_SIM"

#: 2024-01-12 at 14, 15 and 16 h UTC.
SUBMIT, START, FINISH = 1705068000, 1705071600, 1705075200
COMPLETE = "20240112140000 20240112150000 20240112160000 COMPLETED"


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    def set_zone(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    set_zone("UTC")
    yield set_zone
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def read(tmp_path: Path, zone: Callable[[str], None]) -> Callable[..., AttemptTable]:
    def read_content(content: str | bytes) -> AttemptTable:
        data = content.encode() if isinstance(content, str) else content
        (tmp_path / f"{JOB}_TOTAL_STATS").write_bytes(data)
        return read_attempts(tmp_path, [JOB])

    return read_content


Read = Callable[..., AttemptTable]


def test_a_line_of_four_fields_is_an_attempt_that_ended(read: Read) -> None:
    table = read(COMPLETE)
    assert table.job.tolist() == [0]
    assert (table.submit[0], table.start[0], table.finish[0]) == (SUBMIT, START, FINISH)
    assert (table.fields[0], table.outcome[0]) == (4, Status.COMPLETED)
    assert table.has_outcome[0]
    assert table.readable[0]


@pytest.mark.parametrize("fields", [1, 2, 3])
def test_a_line_stops_where_its_job_is(read: Read, fields: int) -> None:
    table = read(" ".join(COMPLETE.split()[:fields]))
    expected = [SUBMIT, START, FINISH][:fields] + [0] * (3 - fields)
    assert [table.submit[0], table.start[0], table.finish[0]] == expected
    assert table.fields[0] == fields
    assert (table.outcome[0], table.has_outcome[0]) == (Status.UNKNOWN, False)
    assert table.readable[0]


def test_two_attempts_run_together_are_one_line_of_seven_fields(read: Read) -> None:
    one = "20240112140000 20240112135959 20240112160000 FAILED"
    table = read(f"{one} 20240112135959 20240112160000 FAILED")
    assert (table.fields[0], table.outcome[0]) == (7, Status.FAILED)
    # It starts one second before it is submitted; that is how it was written.
    assert (table.submit[0], table.start[0]) == (SUBMIT, SUBMIT - 1)


def test_lines_are_attempts_oldest_first(read: Read) -> None:
    failed = "20240111140000 20240111150000 20240111160000 FAILED"
    # A line with the submission alone stands before each complete one in files of 4.1.10.
    table = read(f"20240111140000\n{failed}\n20240112140000\n{COMPLETE}")
    assert table.fields.tolist() == [1, 4, 1, 4]
    assert table.outcome.tolist()[1::2] == [Status.FAILED, Status.COMPLETED]


@pytest.mark.parametrize("content", ["", "\n", " \n\n  \n"])
def test_an_empty_file_has_no_attempts(read: Read, content: str) -> None:
    assert len(read(content)) == 0


def test_empty_lines_and_a_trailing_line_feed_are_no_attempts(read: Read) -> None:
    assert read(f"\n{COMPLETE}\n\n").fields.tolist() == [4]
    assert read(f"{COMPLETE}\r\n").outcome.tolist() == [Status.COMPLETED]


@pytest.mark.parametrize(
    ("line", "instants"),
    [
        ("submit start end status", (0, 0, 0)),
        ("20240112140000 start end status", (SUBMIT, 0, 0)),
        ("20240112140000 20240112150000 end status", (SUBMIT, START, 0)),
        ("20240112140000 2024011215 20240112160000 COMPLETED", (SUBMIT, 0, FINISH)),
        ("20240112140000 20241312150000 20240112160000 COMPLETED", (SUBMIT, 0, FINISH)),
        ("None 20240112150000 20240112160000 COMPLETED", (0, START, FINISH)),
    ],
)
def test_a_word_where_a_date_should_be_costs_only_that_date(
    read: Read, line: str, instants: tuple[int, int, int]
) -> None:
    table = read(f"{line}\n{COMPLETE}")
    assert (table.submit[0], table.start[0], table.finish[0]) == instants
    assert table.readable.tolist() == [False, True]


def test_a_stamp_in_the_fourth_field_is_no_outcome(read: Read) -> None:
    table = read("20240112140000 20240112150000 20240112160000 20240112160000")
    assert (table.outcome[0], table.has_outcome[0]) == (Status.UNKNOWN, False)
    table = read("20240112140000 20240112150000 20240112160000 ODD")
    assert (table.outcome[0], table.has_outcome[0]) == (Status.UNKNOWN, True)


def test_bytes_of_no_text_are_no_dates(read: Read) -> None:
    table = read(b"\xff\xfe\x00 20240112150000\n" + COMPLETE.encode())
    assert table.readable.tolist() == [False, True]


def test_dates_are_read_by_the_rule_of_their_season(
    read: Read, zone: Callable[[str], None]
) -> None:
    zone("Europe/Madrid")
    table = read("20240112150000\n20240712150000")
    assert table.submit.tolist() == [1705068000, 1720789200]  # 14 and 13 h UTC
    # The hour that is there twice when summer time ends: the first of the two.
    assert read("20241027023000").submit.tolist() == [1729989000]
    zone("America/New_York")
    assert read("20240112090000").submit.tolist() == [1705068000]


def test_jobs_without_a_file_have_no_rows(tmp_path: Path, zone: Callable[[str], None]) -> None:
    (tmp_path / f"{JOB}_TOTAL_STATS").write_text(COMPLETE)
    for others in (2, 500):
        names = [f"a000_{number}" for number in range(others)]
        assert read_attempts(tmp_path, [*names, JOB]).job.tolist() == [others]
    assert len(read_attempts(tmp_path / "absent", [JOB])) == 0
    assert len(read_attempts(tmp_path, [])) == 0


@pytest.mark.parametrize("others", [0, 100])
def test_names_do_not_lead_out_of_the_folder(tmp_path: Path, others: int) -> None:
    folder = tmp_path / "tmp"
    folder.mkdir()
    (folder / "inside").mkdir()
    (tmp_path / "secret_TOTAL_STATS").write_text(COMPLETE)
    (folder / "link_TOTAL_STATS").symlink_to(tmp_path / "secret_TOTAL_STATS")
    (folder / "folder_TOTAL_STATS").mkdir()
    os.mkfifo(folder / "pipe_TOTAL_STATS")
    names = ["../secret", str(tmp_path / "secret"), "link", "folder", "pipe", "inside/../../secret"]
    names += ["a\0b", "x" * 5000, "\ud800", *(f"other{number}" for number in range(others))]
    assert len(read_attempts(folder, names)) == 0
    assert len(attempts_versions(folder, ["a\0b", "x" * 5000, "\ud800", "../secret"])) == 1


def test_of_an_endless_file_the_newest_attempts_are_read(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_times, "_MOST_BYTES", 130)
    table = read(f"{COMPLETE}\n" * 1000 + COMPLETE)
    assert table.fields.tolist() == [4, 4]


@pytest.mark.parametrize(("bound", "most"), [("_MOST_TOGETHER", 1000), ("_MOST_LINES", 15)])
def test_one_file_under_the_names_of_many_jobs_is_not_read_for_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str, most: int
) -> None:
    monkeypatch.setattr(job_times, bound, most)
    names = [f"a000_{number}" for number in range(40)]
    first = tmp_path / "first"
    first.write_text(f"{COMPLETE}\n" * 4)
    for name in names:
        os.link(first, tmp_path / f"{name}_TOTAL_STATS")
    assert len(read_attempts(tmp_path, names[:2])) == 8
    with pytest.raises(SourceUnreadableError, match="too large together"):
        read_attempts(tmp_path, names)


def test_a_line_of_any_number_of_fields_is_a_line(read: Read) -> None:
    table = read(f"{COMPLETE} {'1 ' * 1000}\n{COMPLETE}")
    assert table.fields.tolist() == [127, 4]
    assert table.finish.tolist() == [FINISH, FINISH]


def test_a_file_that_may_not_be_read_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / f"{JOB}_TOTAL_STATS"
    path.write_text(COMPLETE)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("permissions do not bind this user")
    with pytest.raises(SourceUnreadableError):
        read_attempts(tmp_path, [JOB])


def test_the_version_changes_with_any_file(tmp_path: Path) -> None:
    nothing = attempts_versions(tmp_path, [JOB])
    path = tmp_path / f"{JOB}_TOTAL_STATS"
    path.write_text(COMPLETE)
    written = attempts_versions(tmp_path, [JOB])
    with path.open("a") as file:
        file.write("\n20240112140000")
    assert len({nothing, written, attempts_versions(tmp_path, [JOB])}) == 3
    assert path.name not in str(attempts_versions(tmp_path, ["another"]))


def test_what_is_written_is_read_again(tmp_path: Path, zone: Callable[[str], None]) -> None:
    table = AttemptTable.of(
        6,
        job=[0, 0, 0, 2, 2, 2],
        submit=[SUBMIT, SUBMIT, SUBMIT, SUBMIT, SUBMIT, 0],
        start=[0, START, START, START, 0, 0],
        finish=[0, 0, FINISH, FINISH, 0, 0],
        fields=[1, 2, 4, 7, 4, 4],
        outcome=[-2, -2, Status.COMPLETED, Status.FAILED, -2, -2],
        has_outcome=[False, False, True, True, True, True],
        readable=[True, True, True, True, False, False],
    )
    write_total_stats(tmp_path / "tmp", ["one", "two", "three"], table)
    assert not (tmp_path / "tmp" / "two_TOTAL_STATS").exists()
    again = read_attempts(tmp_path / "tmp", ["one", "two", "three"])
    for name, column in table.columns().items():
        assert again.columns()[name].tolist() == column.tolist(), name


def test_the_recorded_files_are_read(reference_experiments: Path) -> None:
    seen = {}
    for expid in ("a003", "a3tb"):
        folder = reference_experiments / expid / "tmp"
        names = [file.name[: -len("_TOTAL_STATS")] for file in folder.glob("*_TOTAL_STATS")]
        table = read_attempts(folder, names)
        assert table.readable.all()
        seen[expid] = (len(names), sorted(set(table.fields.tolist())))
    assert seen == {"a003": (8, [4]), "a3tb": (29, [1, 2, 4])}
