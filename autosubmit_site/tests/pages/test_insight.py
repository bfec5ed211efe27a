"""The pages of failures, forecast and efficiency say what the core answers, and draw it to scale."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from autosubmit_core import Archive, open_archive
from autosubmit_core.cli import main
from autosubmit_core.demo import build
from autosubmit_core.published import efficiency_answer, failures_answer
from tornado.httpclient import HTTPResponse
from tornado.web import Application

from autosubmit_site.pages.efficiency import efficiency_of
from autosubmit_site.pages.failure_reasons import failures_of
from autosubmit_site.pages.forecast import forecast_of


@pytest.fixture(scope="module")
def archive(demo: Path) -> Archive:
    return open_archive(demo)


def test_failures_are_those_of_the_api(archive: Archive) -> None:
    experiment = archive.experiment("a2m9")
    made = failures_of(experiment)
    assert made.found == failures_answer(experiment)
    assert sum(group["attempts"] for group in made.found["groups"]) == 58


def test_failures_lead_to_other_experiments_with_the_same_once_a_task_has_looked(
    tmp_path: Path,
    site_of: Callable[..., Application],
    fetch: Callable[..., HTTPResponse],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = build(tmp_path / "demo")
    path = "/experiments/a2m9/failures"
    assert b"other experiment" not in fetch(site_of(folder), path).body
    monkeypatch.setenv("AS_API_CONFIG_FILE", str(tmp_path / "none.yaml"))
    assert main(["worker", "failures", "--once", "--config", str(folder)]) == 0
    page = fetch(site_of(folder), path).body.decode()
    (quota,) = (part for part in page.split("<section") if "Disk quota exceeded</h2>" in part)
    assert "The same failed in 1 other experiment:" in quota
    assert 'href="/experiments/a0k2/failures"' in quota
    assert "No other experiment is known to have failed so." in page


def test_the_end_of_the_experiment_is_drawn_with_its_members_those_that_decide_it_first(
    archive: Archive,
) -> None:
    made = forecast_of(archive.experiment("a1p7"))
    whole, *members = made.outlooks
    assert made.axis is not None
    assert (whole.member, whole.end, len(members), made.more) == ("", made.found["end"], 15, 0)
    shares = [one.decides or 0.0 for one in members]
    assert shares == sorted(shares, reverse=True)
    for one in made.outlooks:
        assert 0 < one.low <= one.middle <= one.high <= 100
    # The axis goes from now to the last end that is likely.
    length = made.axis.end - made.axis.begin
    assert whole.middle == pytest.approx(100 * whole.end["seconds"] / length, abs=0.01)
    assert max(one.high for one in made.outlooks) == 100


def test_moments_of_the_past_have_what_came_and_the_published_estimates_beside_it(
    archive: Archive,
) -> None:
    made = forecast_of(archive.experiment("a1p7"))
    assert (made.section, len(made.moments)) == ("SIM", 4)
    first = made.moments[0]
    scale = first.actual / first.told["actual_seconds"]
    assert first.middle == pytest.approx(first.told["seconds"] * scale, abs=0.02)
    # It said two days instead of six hours: beyond the edge of the picture.
    assert first.by_chunks is None
    assert first.by_instances is not None
    assert first.by_instances > 100


def test_what_cannot_be_told_of_the_future_leaves_the_past(archive: Archive) -> None:
    made = forecast_of(archive.experiment("a2m9"))
    assert (made.axis, made.outlooks, made.found["stuck_jobs"]) == (None, (), 15)
    assert len(made.moments) == 1
    never = forecast_of(archive.experiment("t0ab"))
    assert (never.axis, never.moments) == (None, ())


def test_what_sections_use_is_drawn_against_what_they_ask_for(archive: Archive) -> None:
    experiment = archive.experiment("a2m9")
    made = efficiency_of(experiment)
    assert made.found == efficiency_answer(experiment)
    simulation = next(use for use in made.uses if use.section["section"] == "SIM")
    # Two hours asked for, one suggested.
    assert (simulation.asked, simulation.suggested) == (100, 50)
    assert 0 < simulation.median < simulation.p99 <= simulation.longest < 50
    assert efficiency_of(archive.experiment("t0ab")).uses == ()
