"""A workflow's description becomes the jobs and dependencies that Autosubmit would create."""

from __future__ import annotations

import numpy as np

from autosubmit_core.demo.platforms import LOCAL
from autosubmit_core.demo.workflow import Section, Workflow
from autosubmit_core.status import Status
from autosubmit_core.tables import JobTable, Structure


def workflow(*sections: Section, chunks: int = 3, members: tuple[str, ...] = ("fc0",)) -> Workflow:
    return Workflow(
        dates=("19900101",),
        members=members,
        chunks=chunks,
        chunk_unit="month",
        sections=sections,
        platform=LOCAL,
    )


def named_edges(jobs: JobTable, structure: Structure) -> set[tuple[str, str]]:
    parents, children = structure.edges_between(jobs.name)
    return set(zip(jobs.name[parents].tolist(), jobs.name[children].tolist()))


def edges_of(*sections: Section, chunks: int = 2) -> set[tuple[str, str]]:
    made = workflow(*sections, chunks=chunks)
    jobs = made.jobs("a000")
    found = named_edges(jobs, made.structure(jobs))
    return {(parent[5:], child[5:]) for parent, child in found}


def test_names_hold_the_parts_that_a_section_repeats_over() -> None:
    made = workflow(
        Section(name="SETUP"),
        Section(name="BEGIN", running="date"),
        Section(name="INI", running="member"),
        Section(name="SIM", running="chunk"),
        Section(name="POST", running="chunk", splits=2),
        Section(name="ONCE_SPLIT", splits=2),
        chunks=1,
    )
    assert made.jobs("a000").name.tolist() == [
        "a000_SETUP",
        "a000_19900101_BEGIN",
        "a000_19900101_fc0_INI",
        "a000_19900101_fc0_1_SIM",
        "a000_19900101_fc0_1_1_POST",
        "a000_19900101_fc0_1_2_POST",
        "a000_1_ONCE_SPLIT",
        "a000_2_ONCE_SPLIT",
    ]


def test_a_job_knows_what_its_name_says() -> None:
    made = workflow(Section(name="SETUP"), Section(name="POST", running="chunk", splits=2))
    jobs = made.jobs("a000")
    assert jobs.section.tolist() == ["SETUP"] + ["POST"] * 6
    assert np.isnat(jobs.date[0])
    assert jobs.date[1] == np.datetime64("1990-01-01")
    assert jobs.member.tolist() == [None] + ["fc0"] * 6
    assert jobs.chunk.tolist() == [0, 1, 1, 2, 2, 3, 3]
    assert jobs.split.tolist() == [0, 1, 2, 1, 2, 1, 2]
    assert jobs.splits.tolist() == [0] + [2] * 6
    assert set(jobs.status.tolist()) == {Status.WAITING}


def test_the_level_of_a_section_is_one_above_those_it_waits_for() -> None:
    made = workflow(
        Section(name="A"),
        Section(name="B", dependencies=("A",)),
        Section(name="C", dependencies=("A", "B", "C-1")),
        Section(name="D"),
    )
    assert made.jobs("a000").priority.tolist() == [0, 1, 2, 0]


def test_a_chunk_waits_for_the_chunk_before() -> None:
    sim = Section(name="SIM", running="chunk", dependencies=("SIM-1",))
    assert edges_of(sim, chunks=3) == {
        ("19900101_fc0_1_SIM", "19900101_fc0_2_SIM"),
        ("19900101_fc0_2_SIM", "19900101_fc0_3_SIM"),
    }


def test_who_waits_for_a_chain_of_chunks_waits_for_its_last_one() -> None:
    sim = Section(name="SIM", running="chunk", dependencies=("SIM-1",))
    end = Section(name="END", dependencies=("SIM",))
    assert ("19900101_fc0_2_SIM", "END") in edges_of(sim, end)
    assert ("19900101_fc0_1_SIM", "END") not in edges_of(sim, end)


def test_only_the_first_of_a_chain_waits_for_what_comes_before_the_chain() -> None:
    ini = Section(name="INI", running="member")
    sim = Section(name="SIM", running="chunk", dependencies=("INI", "SIM-1"))
    assert edges_of(ini, sim) == {
        ("19900101_fc0_INI", "19900101_fc0_1_SIM"),
        ("19900101_fc0_1_SIM", "19900101_fc0_2_SIM"),
    }


def test_who_waits_for_loose_chunks_waits_for_each() -> None:
    sim, end = Section(name="SIM", running="chunk"), Section(name="END", dependencies=("SIM",))
    assert edges_of(sim, end) == {("19900101_fc0_1_SIM", "END"), ("19900101_fc0_2_SIM", "END")}


def test_one_job_goes_before_many() -> None:
    once, ini = Section(name="ONCE"), Section(name="INI", running="member", dependencies=("ONCE",))
    made = workflow(once, ini, members=("fc0", "fc1"))
    jobs = made.jobs("a000")
    assert named_edges(jobs, made.structure(jobs)) == {
        ("a000_ONCE", "a000_19900101_fc0_INI"),
        ("a000_ONCE", "a000_19900101_fc1_INI"),
    }


def test_equal_splits_meet_one_to_one_and_others_all_with_all() -> None:
    two = Section(name="TWO", splits=2)
    equal = Section(name="EQUAL", splits=2, dependencies=("TWO",))
    three = Section(name="THREE", splits=3, dependencies=("TWO",))
    assert edges_of(two, equal) == {("1_TWO", "1_EQUAL"), ("2_TWO", "2_EQUAL")}
    assert len(edges_of(two, three)) == 6


def test_no_job_comes_before_one_it_waits_for() -> None:
    made = workflow(
        Section(name="INI", running="member"),
        Section(name="SIM", running="chunk", dependencies=("INI", "SIM-1")),
        Section(name="POST", running="chunk", dependencies=("SIM", "POST-2"), splits=3),
        Section(name="END", dependencies=("POST",)),
        chunks=5,
        members=("fc0", "fc1"),
    )
    parents, children = made.edges()
    assert len(parents) > 0
    assert (parents < children).all()
