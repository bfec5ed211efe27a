"""The page of reports says what ``POST /report`` answers, and how to ask for it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from autosubmit_core import Archive, open_archive
from autosubmit_core.published import SECTIONS

from autosubmit_site.pages.reports import form_of, reports_of

Fetch = Callable[..., Any]
ASKED: dict[str, Any] = {"run_id": None, "hours": 0, "site": "http://here"}


@pytest.fixture(scope="module")
def archive(demo: Path) -> Archive:
    return open_archive(demo)


def test_experiments_stand_side_by_side(archive: Archive) -> None:
    experiments = tuple(map(archive.experiment, ("a2m9", "a0k2")))
    made = reports_of(experiments, sections=("counters", "performance"), **ASKED)
    first, second = made.reports
    assert first.figures["jobs"] == len(experiments[0].jobs)
    performance = experiments[1].performance()
    assert second.figures["SYPD"] == round(performance.simulated_years_per_day, 4)
    assert second.speeds is not None
    assert len(second.speeds.points) == len(performance.considered)
    assert "eta" not in first.figures


def test_what_cannot_be_computed_has_no_number_and_what_is_missing_no_part(
    archive: Archive,
) -> None:
    experiments = tuple(map(archive.experiment, ("t0ab", "a00f")))
    made = reports_of(experiments, sections=("counters", "performance", "warnings"), **ASKED)
    created, archived = made.reports
    assert "SYPD" not in created.figures
    assert created.speeds is None
    assert archived.data["performance"] is None
    assert archived.data["warnings"]


def test_the_form_offers_the_running_experiments_first(archive: Archive) -> None:
    known = form_of(archive, sections=("eta",), **ASKED).known
    assert [running for _, _, running in known] == sorted(
        (running for _, _, running in known), reverse=True
    )
    assert len(known) == len(archive.experiments())


def test_the_line_for_the_terminal_asks_for_the_very_report_of_the_page(
    archive: Archive, demo_site: Any, fetch: Fetch
) -> None:
    experiments = (archive.experiment("a2m9"),)
    asked = {**ASKED, "run_id": 1, "hours": 24}
    made = reports_of(experiments, sections=("statistics", "runs"), **asked)
    *options, body, url = shlex.split(made.curl)
    assert (options[-1], body, url) == ("-d", made.body, "http://here/report")
    file = fetch(
        demo_site,
        "/reports?expid=a2m9&section=runs&section=statistics&run_id=1&hours=24&form=json",
    )
    assert file.headers["Content-Disposition"] == 'attachment; filename="report.json"'
    answer = json.loads(file.body)
    assert list(answer["report_data"]["a2m9"]) == list(json.loads(made.body)["sections"])
    assert answer["report_data"]["a2m9"]["runs"] == made.reports[0].data["runs"]


def test_experiments_may_be_named_in_one_text_or_several(demo_site: Any, fetch: Fetch) -> None:
    one = fetch(demo_site, "/reports?expid=a2m9,+a0k2&section=counters&form=json")
    other = fetch(demo_site, "/reports?expid=a2m9&expid=a0k2&section=counters&form=json")
    assert json.loads(one.body) == json.loads(other.body)
    assert list(json.loads(one.body)["report_data"]) == ["a2m9", "a0k2"]


@pytest.mark.parametrize(
    ("query", "status"),
    [("expid=zzzz", 404), ("expid=a2m9&run_id=9", 404), ("section=all", 422)],
)
def test_what_cannot_be_reported_is_said(
    demo_site: Any, fetch: Fetch, query: str, status: int
) -> None:
    assert fetch(demo_site, f"/reports?{query}").code == status


def test_there_may_be_as_many_experiments_as_in_a_report(demo_site: Any, fetch: Fetch) -> None:
    many = "+".join(f"a{number:03}" for number in range(101))
    answer = fetch(demo_site, f"/reports?expid={many}")
    assert answer.code == 422
    assert "at most 100" in answer.body.decode()


def test_every_part_of_a_report_has_its_place(demo_site: Any, fetch: Fetch) -> None:
    parts = "&".join(f"section={part}" for part in SECTIONS)
    for expid in ("a2m9", "t0ab", "a1p7"):
        answer = fetch(demo_site, f"/reports?expid={expid}&{parts}")
        assert answer.code == 200
    text = fetch(demo_site, "/reports?expid=a2m9&section=heartbeat&section=failures").body.decode()
    assert "Stopped: its last run is over" in text
    assert "Disk quota exceeded" in text
