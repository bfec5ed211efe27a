"""The page of what happened: by experiment, those in trouble first, since the visitor last looked."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from autosubmit_core import Archive, RequestError, open_archive
from autosubmit_core.published import digest_answer

from autosubmit_site.looks import FIRST_SECONDS, VISIT_SECONDS
from autosubmit_site.pages.digest import MOST_AT_ONCE, TROUBLE, digest_of

Fetch = Callable[..., Any]

ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture(scope="module")
def archive(demo: Path) -> Archive:
    return open_archive(demo)


def test_everything_is_told_once_by_experiment(archive: Archive) -> None:
    view = digest_of(archive, "7d")
    told = [one["id"] for story in view.stories for one in (*story.events, *story.more)]
    assert sorted(told) == sorted(one["id"] for one in digest_answer(archive, since="7d")["events"])
    assert [story.expid for story in view.stories if story.trouble] == ["a3h2", "a2m9"]
    assert [story.trouble for story in view.stories] == [True, True, False, False]
    for story in view.stories:
        assert len(story.events) <= MOST_AT_ONCE
        at = [one["at"] for one in (*story.events, *story.more)]
        assert at == sorted(at, reverse=True)


def test_it_is_filtered_by_owner_and_kind(archive: Archive) -> None:
    of_elena = digest_of(archive, "7d", owner="elena")
    assert {story.expid for story in of_elena.stories} == {"a3h2", "a2m9"}
    assert of_elena.owners == ("elena", "operations", "tomas")
    failed = digest_of(archive, "7d", event="failed")
    assert {one["event"] for story in failed.stories for one in story.events} == {"failed"}
    # What may be chosen instead is still counted.
    assert set(failed.counts) - TROUBLE == {"created", "started", "stopped"}


def test_what_is_no_moment_is_said(archive: Archive, demo_site: Any, fetch: Fetch) -> None:
    with pytest.raises(RequestError):
        digest_of(archive, "yesterday")
    answer = fetch(demo_site, "/digest?since=yesterday")
    assert answer.code == 400
    assert "yesterday" in answer.body.decode()


def looked(answer: Any) -> tuple[int, int]:
    """Return what a browser is to hold after a look."""
    held = answer.headers["Set-Cookie"].split(";")[0].removeprefix("looked=")
    before, last = held.split("-")
    return int(before), int(last)


def begin(answer: Any) -> str:
    return str(answer.body.decode().split("what happened since")[1].split('datetime="')[1][:16])


def test_a_browser_is_told_what_happened_since_its_visit_before(
    demo_site: Any, fetch: Fetch
) -> None:
    first = fetch(demo_site, "/digest")
    assert "you have not looked before" in first.body.decode()
    assert looked(first)[0] == 0
    assert abs(looked(first)[1] - time.time()) < 60
    now = int(time.time())

    def again(before: int, last: int, path: str = "/digest") -> Any:
        return fetch(demo_site, path, Cookie=f"looked={before}-{last}")

    # In the same visit it is still the time before that; in another, the end of the last one.
    same = again(now - 9_000, now - 60)
    other = again(now - 9_000, now - VISIT_SECONDS - 60)
    assert looked(same)[0] == now - 9_000
    assert looked(other)[0] == now - VISIT_SECONDS - 60
    assert begin(same) == time.strftime("%Y-%m-%dT%H:%M", time.localtime(now - 9_000))
    assert begin(other) == time.strftime("%Y-%m-%dT%H:%M", time.localtime(looked(other)[0]))
    # What was asked for counts more, and is a look all the same.
    asked = again(now - 9_000, now - 60, "/digest?since=7d")
    assert begin(asked) < begin(first)
    assert looked(asked)[1] >= now
    # Whoever writes into the cookie gets what nobody held: the last day.
    for made_up in ("1", "x-y", "1-2-3", "9" * 30 + "-1"):
        answer = fetch(demo_site, "/digest", Cookie=f"looked={made_up}")
        assert (answer.code, looked(answer)[0]) == (200, 0)
    assert FIRST_SECONDS == 86_400


def test_a_feed_can_be_found_on_the_page_and_leads_to_pages(
    demo: Path, demo_site: Any, fetch: Fetch
) -> None:
    page = fetch(demo_site, "/digest").body.decode()
    assert '<link rel="alternate" type="application/atom+xml"' in page
    feed = page.split('type="application/atom+xml" title="Autosubmit" href="')[1].split('"')[0]
    answer = fetch(demo_site, feed)
    assert answer.headers["Content-Type"].startswith("application/atom+xml")
    entries = ElementTree.fromstring(answer.body).findall("a:entry", ATOM)
    assert len(entries) == len(digest_answer(open_archive(demo), since="7d")["events"])
    links = {entry.find("a:link", ATOM).attrib["href"] for entry in entries}  # type: ignore[union-attr]
    assert "/experiments/a2m9" in links
    assert fetch(demo_site, *links).code == 200
