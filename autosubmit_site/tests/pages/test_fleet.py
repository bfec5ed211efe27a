"""The page of the fleet: sums of what was noted, filtered, sorted, with what needs a look first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from autosubmit_core import Archive, FleetTable, UsageTable, open_archive

from autosubmit_site.pages.fleet import MOST_LISTED, PAGE_ROWS, fleet_of

Fetch = Callable[..., Any]


@pytest.fixture(scope="module")
def archive(demo: Path) -> Archive:
    return open_archive(demo)


def names(view: Any) -> list[str]:
    return [row.name for row in view.rows]


def test_owners_come_by_their_core_hours_and_add_up(archive: Archive) -> None:
    view = fleet_of(archive)
    assert names(view)[:2] == ["elena", "tomas"]
    hours = [row.core_hours for row in view.rows]
    assert hours == sorted(hours, reverse=True)
    assert view.total is not None
    assert sum(hours) == pytest.approx(view.total.core_hours)
    assert sum(row.experiments for row in view.rows) == view.total.experiments == 10
    assert view.rows[0].core_bar == 100


def test_what_needs_a_look_is_there_whatever_a_row_is_of(archive: Archive) -> None:
    for by in ("owner", "platform", "model", "experiment"):
        view = fleet_of(archive, by=by)
        assert [row.name for row in view.stalled.rows] == ["a3h2"]
        assert [row.name for row in view.abandoned.rows] == ["a2c8"]
    assert fleet_of(archive, owner="tomas").stalled.total == 0


def test_filters_hold_for_sums_too(archive: Archive) -> None:
    of_nadia = fleet_of(archive, by="experiment", owner="nadia")
    assert names(of_nadia) == ["a0k2", "a07w"]
    assert of_nadia.total is not None
    (whole,) = (row for row in fleet_of(archive).rows if row.name == "nadia")
    assert of_nadia.total.core_hours == pytest.approx(whole.core_hours)
    (there,) = (row for row in fleet_of(archive, by="platform").rows if row.name == "LUMI-C")
    on = fleet_of(archive, platform="LUMI-C")
    assert on.total is not None
    assert on.total.core_hours == pytest.approx(there.core_hours)
    assert sorted(names(on)) == ["jordi", "tomas"]
    assert names(fleet_of(archive, by="experiment", state="stalled")) == ["a3h2"]
    assert names(fleet_of(archive, by="experiment", q="JORDI nemo LUMI")) == ["a2c8"]
    nobody = fleet_of(archive, owner="nobody")
    assert (nobody.rows, nobody.total, nobody.known) == ((), None, True)


@pytest.mark.parametrize(
    ("sort", "desc", "first"),
    [
        ("name", False, "a00f"),
        ("name", True, "t0ab"),
        ("sypd", True, "a07w"),
        ("moved", True, "a1p7"),
        ("failed", True, "a2m9"),
    ],
)
def test_the_table_is_sorted_by_what_was_asked(
    archive: Archive, sort: str, desc: bool, first: str
) -> None:
    assert names(fleet_of(archive, by="experiment", sort=sort, desc=desc))[0] == first


def test_a_bar_has_its_parts(archive: Archive) -> None:
    for row in fleet_of(archive, by="experiment").rows:
        assert 0 <= row.failed <= 1
        assert row.energy_bar + row.estimated_bar <= 100.01
        assert (row.sypd is None) == (row.simulated_years == 0)


def test_nothing_of_it_is_read_from_experiments(
    demo: Path, demo_site: Any, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError("an experiment was asked for")

    monkeypatch.setattr(Archive, "each", refuse)
    assert fetch(demo_site, "/fleet?by=platform", "/digest?since=7d").code == 200


def test_the_address_of_the_page_holds_every_choice(demo_site: Any, fetch: Fetch) -> None:
    asked = "/fleet?by=experiment&owner=elena&sort=sypd&desc=true"
    page = fetch(demo_site, asked).body.decode()
    assert 'aria-sort="descending"' in page
    assert "by=experiment&amp;owner=elena&amp;sort=sypd" in page
    assert "/v4/fleet.parquet" in page
    assert 'value="elena" selected' in page
    assert fetch(demo_site, "/fleet?by=nobody").code == 422


def test_the_summary_of_the_experiments_leads_to_fleet_and_digest(
    demo_site: Any, fetch: Fetch
) -> None:
    strip = fetch(demo_site, "/").body.decode().split('class="strip-links"')[1].split("</p>")[0]
    assert 'href="/fleet"' in strip
    assert 'href="/digest"' in strip


def test_whoever_has_no_figures_is_told_what_makes_them(
    make_installation: Callable[..., Path], site_of: Callable[..., Any], fetch: Fetch
) -> None:
    site = site_of(make_installation(["a000"]))
    page = fetch(site, "/fleet").body.decode()
    assert "autosubmit-core worker status fleet --once" in page
    assert "autosubmit-core worker status --once" in fetch(site, "/digest").body.decode()


def test_of_very_many_experiments_a_page_and_a_list_of_some_are_shown(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 3 * PAGE_ROWS + 1
    fleet = archive.fleet()
    many = FleetTable.of(
        count,
        id=list(range(count)),
        name=[f"a{number:03}" for number in range(count)],
        state=["present"] * count,
        pulse=["stalled"] * count,
        moved=list(range(1, count + 1)),
        core_hours=[float(number) for number in range(count)],
    )
    made = replace(fleet, experiments=many, usage=UsageTable.empty(), now=count)
    monkeypatch.setattr(Archive, "fleet", lambda archive: made)
    first, last = fleet_of(archive, by="experiment"), fleet_of(archive, by="experiment", page=99)
    assert (len(first.rows), first.pages, last.page, names(last)) == (PAGE_ROWS, 4, 4, ["a000"])
    assert (first.rows[0].core_bar, first.rows[0].name) == (100, "a150")
    assert (first.stalled.total, len(first.stalled.rows)) == (count, MOST_LISTED)
    assert first.stalled.rows[0].name == "a150"
