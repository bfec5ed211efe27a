"""Jobs are asked for in a small language; what it cannot mean is said with its place."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from autosubmit_core import open_archive
from autosubmit_core.answers.v4.counts import counts_answer
from autosubmit_core.answers.v4.job_query import (
    QUERY_FIELDS,
    JobQueryError,
    Term,
    find_jobs,
    parse_query,
)
from autosubmit_core.answers.v4.selection import JobFilter
from autosubmit_core.archive import Experiment
from autosubmit_core.demo import jobs_named, make_experiment
from autosubmit_core.status import Status
from autosubmit_core.tables import JobHistory

HOUR = 3600
NOON = int(datetime(2026, 11, 20, 12).astimezone().timestamp())

NAMES = [
    "t000_INI",
    "t000_20200101_fc0_1_SIM",
    "t000_20200101_fc0_2_SIM",
    "t000_20200101_fc1_1_SIM",
    "t000_20200101_fc1_2_SIM",
    "t000_20200101_fc1_10_POST",
]


@pytest.fixture
def experiment(tmp_path: Path) -> Experiment:
    """Six jobs: fc0 chunk 1 ran three hours after one in the queue, fc1 chunk 1 failed in half an hour."""
    status = [Status.COMPLETED, Status.COMPLETED, Status.RUNNING, Status.FAILED] + [
        Status.WAITING
    ] * 2
    history = JobHistory.of(
        2,
        job_name=[NAMES[1], NAMES[3]],
        submit=[NOON, NOON + 24 * HOUR],
        start=[NOON + HOUR, NOON + 24 * HOUR + 60],
        finish=[NOON + 4 * HOUR, NOON + 24 * HOUR + 60 + HOUR // 2],
        status=[Status.COMPLETED, Status.FAILED],
        last=[True, True],
    )
    make_experiment(tmp_path, jobs=jobs_named(NAMES, status=status), history=history)
    return open_archive(tmp_path).experiment("t000")


def found(experiment: Experiment, query: str) -> list[str]:
    return [experiment.jobs.name[row].removeprefix("t000_") for row in find_jobs(experiment, query)]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("section:POST", ["20200101_fc1_10_POST"]),
        ("section:post", ["20200101_fc1_10_POST"]),
        ("section:P*", ["20200101_fc1_10_POST"]),
        ("-section:SIM", ["INI", "20200101_fc1_10_POST"]),
        ("member:null", ["INI"]),
        ("member:fc0 status:running", ["20200101_fc0_2_SIM"]),
        ("status:FAILED,RUNNING", ["20200101_fc0_2_SIM", "20200101_fc1_1_SIM"]),
        ("chunk:1", ["20200101_fc0_1_SIM", "20200101_fc1_1_SIM"]),
        ("chunk:2-10 member:fc1", ["20200101_fc1_2_SIM", "20200101_fc1_10_POST"]),
        ("chunk>2", ["20200101_fc1_10_POST"]),
        ("chunk:null", ["INI"]),
        ("date:2020-01-01 chunk=10", ["20200101_fc1_10_POST"]),
        ("date:20200101 chunk=10", ["20200101_fc1_10_POST"]),
        ("date:null", ["INI"]),
        ("_10_", ["20200101_fc1_10_POST"]),
        ("fc*post", ["20200101_fc1_10_POST"]),
        ('"INI"', ["INI"]),
        ("-SIM -POST", ["INI"]),
        ("name:INI,POST", ["INI", "20200101_fc1_10_POST"]),
        ("run>2h section:SIM status:COMPLETED", ["20200101_fc0_1_SIM"]),
        ("run:3h", ["20200101_fc0_1_SIM"]),
        ("run<=1h30m status:FAILED", ["20200101_fc1_1_SIM"]),
        ("wait>=1h", ["20200101_fc0_1_SIM"]),
        ("wait=60", ["20200101_fc1_1_SIM"]),
        ("submit:2026-11-20", ["20200101_fc0_1_SIM"]),
        ("start>=2026-11-21T06:00", ["20200101_fc1_1_SIM"]),
        ("finish<2026-11-21", ["20200101_fc0_1_SIM"]),
    ],
)
def test_a_query_means_the_jobs_that_pass_all_its_terms(
    experiment: Experiment, query: str, names: list[str]
) -> None:
    assert found(experiment, query) == names


@pytest.mark.parametrize("query", ["", "   ", "status:*", "t000"])
def test_an_empty_query_means_every_job(experiment: Experiment, query: str) -> None:
    assert len(found(experiment, query)) == len(NAMES)


def test_a_job_that_has_no_number_passes_no_comparison_with_it(experiment: Experiment) -> None:
    assert "INI" not in found(experiment, "chunk<100")
    assert "20200101_fc1_2_SIM" not in found(experiment, "run<100h")
    assert "20200101_fc1_2_SIM" in found(experiment, "run:null")


def test_terms_are_read_with_their_quotes_lists_and_places() -> None:
    assert parse_query('a  section:"B C",D -run>2h').terms == (
        Term("name", ":", ("a",), place=0),
        Term("section", ":", ("B C", "D"), place=3),
        Term("run", ">", ("2h",), negated=True, place=19),
    )


@pytest.mark.parametrize(
    ("query", "place", "said"),
    [
        ("sction:SIM", 0, "did you mean 'section'?"),
        ("SIM zzz:1", 4, "There is no field 'zzz'; there are name, status"),
        ("status:FALED", 0, "did you mean 'FAILED'?"),
        ("chunk:x", 0, "'x' is no number: write chunk:3."),
        ("SIM run>soon", 4, "'soon' is no duration: write run>1h30m."),
        ("start>yesterday", 0, "'yesterday' is no date: write start>2026-11-21."),
        ("start>0001-01-01", 0, "is no date"),
        ("section>SIM", 0, "'section' is a text: write section:… instead."),
        ("section:", 0, "'section:' at character 1 says nothing to look for."),
        ("SIM -", 4, "'-' at character 5 says nothing to look for."),
        ('name:"a', 5, "A quote is not closed at character 6."),
    ],
)
def test_what_a_query_cannot_mean_is_said_with_its_place(query: str, place: int, said: str) -> None:
    with pytest.raises(JobQueryError) as refused:
        parse_query(query)
    assert said in str(refused.value)
    assert refused.value.place == place


def test_a_query_of_too_many_terms_is_refused() -> None:
    with pytest.raises(JobQueryError, match="at most 100 terms"):
        parse_query("a " * 101)


@pytest.mark.parametrize("query", [",".join(["zz"] * 101), " ".join(["a,b"] * 51)])
def test_a_query_of_too_many_parts_of_names_is_refused(query: str) -> None:
    """Each is looked for in the name of each job."""
    with pytest.raises(JobQueryError, match="at most 100 terms and parts of names"):
        parse_query(query)


def test_every_field_can_be_asked_for(experiment: Experiment) -> None:
    for field in QUERY_FIELDS:
        word = "WAITING" if field == "status" else "null"
        assert len(found(experiment, f"{field}:{word}")) <= len(NAMES)


def test_a_query_goes_together_with_the_other_filters(experiment: Experiment) -> None:
    wanted = JobFilter(member=("fc1",), q="section:SIM")
    assert counts_answer(experiment, wanted=wanted)["total"] == 2
