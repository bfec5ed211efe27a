"""Which job waits for which, in both generations of the table."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from autosubmit_core.demo.writing.job_lists import write_jobs_table
from autosubmit_core.demo.writing.workflows import write_structure
from autosubmit_core.errors import SourceMissingError, SourceUnreadableError
from autosubmit_core.readers.job_list import read_jobs_table
from autosubmit_core.readers.structure import read_structure
from autosubmit_core.tables import JobTable, Structure


@pytest.fixture
def jobs() -> JobTable:
    return JobTable.of(4, name=["a", "b", "c", "alone"], section=["A", "B", "C", "D"])


@pytest.fixture
def structure() -> Structure:
    """a → b → c, a → c."""
    return Structure.of_edges(
        ["a", "b", "a"],
        ["b", "c", "c"],
        min_trigger_status=["COMPLETED", "RUNNING", "COMPLETED"],
        completion_status=["COMPLETED", "WAITING", None],
        from_step=[0, 2, 0],
        fail_ok=[False, False, True],
    )


def edges(structure: Structure) -> list[tuple[str, str]]:
    parents, children = structure.job[structure.parent], structure.job[structure.child]
    return list(zip(parents.tolist(), children.tolist()))


def test_a_structure_of_4_1_is_its_edges(
    tmp_path: Path, jobs: JobTable, structure: Structure
) -> None:
    path = tmp_path / "structures" / "structure_a0zz.db"
    write_structure(path, structure, jobs, generation="4.1")
    read = read_structure(path)
    assert edges(read) == [("a", "b"), ("b", "c"), ("a", "c")]
    assert read.min_trigger_status.tolist() == [None] * 3
    assert read.from_step.tolist() == [0] * 3


def test_a_job_without_edges_is_not_its_own_parent(
    tmp_path: Path, jobs: JobTable, structure: Structure
) -> None:
    path = tmp_path / "structure_a0zz.db"
    write_structure(path, structure, jobs, generation="4.1")
    with closing(sqlite3.connect(path)) as connection:
        stored = connection.execute("SELECT * FROM experiment_structure").fetchall()
    assert ("alone", "alone") in stored
    assert ("alone", "alone") not in edges(read_structure(path))


def test_a_structure_of_4_2_tells_what_its_edges_wait_for(
    tmp_path: Path, jobs: JobTable, structure: Structure
) -> None:
    path = tmp_path / "db" / "job_list.db"
    write_jobs_table(path, jobs, modified=0)
    for _ in range(2):  # its table is rewritten, the others stay
        write_structure(path, structure, jobs, generation="4.2")
    read = read_structure(path)
    assert edges(read) == edges(structure)
    assert read.min_trigger_status.tolist() == ["COMPLETED", "RUNNING", "COMPLETED"]
    assert read.completion_status.tolist() == ["COMPLETED", "WAITING", None]
    assert read.from_step.tolist() == [0, 2, 0]
    assert read.fail_ok.tolist() == [False, False, True]
    assert len(read_jobs_table(path)) == 4


def test_values_that_are_missing_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "structure_a0zz.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE experiment_structure (e_to, e_from, from_step, fail_ok)")
        connection.executemany(
            "INSERT INTO experiment_structure VALUES (?, ?, ?, ?)",
            [("b", "a", None, None), (None, "a", 1, 1), ("c", "", 1, 1), ("c", "b", "3", 1)],
        )
    read = read_structure(path)
    assert edges(read) == [("a", "b"), ("b", "c")]
    assert read.from_step.tolist() == [0, 3]
    assert read.fail_ok.tolist() == [False, True]


def test_values_of_another_type_cost_only_themselves(tmp_path: Path) -> None:
    path = tmp_path / "structure_a0zz.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "CREATE TABLE experiment_structure (e_from, e_to, from_step, min_trigger_status)"
        )
        connection.executemany(
            "INSERT INTO experiment_structure VALUES (?, ?, ?, ?)",
            [(b"a", "b", 2**40, b"RUNNING"), ("b", "c", 2, None)],
        )
    read = read_structure(path)
    assert edges(read) == [("a", "b"), ("b", "c")]
    assert read.from_step.tolist() == [0, 2]
    assert read.min_trigger_status.tolist() == ["RUNNING", None]


def test_a_database_without_the_table_has_no_edges(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    assert len(read_structure(tmp_path / "empty.db")) == 0
    with pytest.raises(SourceMissingError):
        read_structure(tmp_path / "none.db")
    (tmp_path / "text.db").write_text("a text, and long enough for a header of a database " * 3)
    with pytest.raises(SourceUnreadableError):
        read_structure(tmp_path / "text.db")


@pytest.mark.parametrize(
    ("expid", "expected"),
    [("a003", 7), ("a1vj", 7), ("a3tb", 0), ("a6zj", 9), ("a8qc", 116), ("aa6f", 3)],
)
def test_real_structures_have_their_edges(
    reference_experiments: Path, expid: str, expected: int
) -> None:
    path = reference_experiments / "metadata" / "structures" / f"structure_{expid}.db"
    assert len(read_structure(path)) == expected


def test_an_edge_without_a_name_is_none_also_beside_jobs_without_edges(
    tmp_path: Path, jobs: JobTable, structure: Structure
) -> None:
    path = tmp_path / "structure_a0zz.db"
    write_structure(path, structure, jobs, generation="4.1")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO experiment_structure VALUES ('a', ''), ('', 'b')")
    assert edges(read_structure(path)) == edges(structure)
