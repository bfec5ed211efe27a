"""What every page keeps to.

Status 200 or the error's own; safe headers on every answer; HTML whose elements are closed, whose
ids are unique, whose fields have labels and whose pictures have texts; no link that is not made by
``urls``; everything from the installation escaped; no word about the machine in an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from autosubmit_core import Archive, open_archive
from autosubmit_core.access import Level
from tornado.httpclient import HTTPResponse

from autosubmit_site import SiteSettings, handlers, make_site
from autosubmit_site.app import PAGES
from autosubmit_site.pages.experiments import experiments_of
from autosubmit_site.themes import TEMPLATES

Fetch = Callable[..., HTTPResponse]
Make = Callable[..., Path]
Site = Callable[..., Any]

VOID = {"br", "img", "input", "link", "meta"}
FIELDS = ("input", "select", "textarea")


class Page(HTMLParser):
    """Reads a page strictly; knows its elements, its text and its links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = ""
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, tag: str, attribute: str) -> list[str]:
        found = [attrs.get(attribute) for name, attrs in self.elements if name == tag]
        return [value for value in found if value is not None]

    @property
    def words(self) -> str:
        return " ".join(self.text.split())


def page_of(answer: HTTPResponse, status: int = 200, language: str = "en") -> Page:
    """Return the page of an answer, held to what all pages keep to."""
    assert answer.code == status
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    page = Page(answer.body.decode())
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    labels = set(page.values("label", "for"))
    for tag, attrs in page.elements:
        if tag in FIELDS and attrs.get("type") not in ("hidden", "radio"):
            assert attrs.get("id") in labels or "aria-label" in attrs, attrs
    assert all("alt" in attrs for tag, attrs in page.elements if tag == "img")
    assert [tag for tag, _ in page.elements].count("h1") == 1
    assert not any(tag == "style" or "style" in attrs for tag, attrs in page.elements)
    for tag, attrs in page.elements:
        assert not any(name.startswith("on") for name in attrs)
        if tag == "script":
            # A data block is not run.
            assert attrs.get("type") == "application/json" or "src" in attrs
    assert page.values("html", "lang") == [language]
    return page


def demo_paths() -> list[str]:
    """Return a path of every page, on the demo.

    What is about one visitor is tested in ``logins``, and what has something done in ``commands``. Of
    the digest it is one that is the same now and later. Feeds are no pages.
    """
    parts = {
        "expid": "a2m9",
        "job_name": "a2m9_19611101_fc0_4_POST",
        "run_id": "1",
        "log": "run",
    }
    left_out = re.compile(r"/(login|logout|account|new-experiment|commands)|.*/actions|.*\.atom$")
    paths = [page.path for page in PAGES if not left_out.match(page.path)]
    told = [re.sub(r"\{(\w+)\}", lambda found: parts[found[1]], path) for path in paths]
    return [f"{path}?since=2020-01-01" if path == "/digest" else path for path in told]


@pytest.mark.parametrize("path", demo_paths())
def test_every_page_is_well_made_and_kept_by_its_tag(
    demo_site: Any, fetch: Fetch, path: str
) -> None:
    answer = fetch(demo_site, path)
    page_of(answer)
    assert "private" in answer.headers["Cache-Control"]
    again = fetch(demo_site, path, If_None_Match=answer.headers["Etag"])
    assert (again.code, again.body) == (304, b"")


@pytest.mark.parametrize("path", demo_paths())
@pytest.mark.parametrize("language", ["es", "ca"])
def test_every_page_is_there_in_every_language(
    demo_site: Any, fetch: Fetch, path: str, language: str
) -> None:
    page_of(fetch(demo_site, path, Accept_Language=f"{language}, en;q=0.5"), 200, language)


@pytest.mark.parametrize("path", [path for path in demo_paths() if "a2m9" in path])
def test_every_page_of_an_experiment_says_if_there_is_none(
    demo_site: Any, fetch: Fetch, path: str
) -> None:
    page = page_of(fetch(demo_site, path.replace("a2m9", "zzzz")), 404)
    assert "This does not exist" in page.words
    assert "zzzz" in page.words


@pytest.mark.parametrize("path", [path for path in demo_paths() if "a2m9" in path])
def test_every_page_of_an_archived_experiment_says_what_is_missing(
    demo_site: Any, fetch: Fetch, path: str
) -> None:
    answer = fetch(demo_site, path.replace("a2m9", "a00f"))
    page = page_of(answer, answer.code)
    assert answer.code in (200, 404, 503)
    assert "a00f" in page.words


@pytest.fixture(scope="module")
def site_of_large(demo: Path) -> Iterator[Any]:
    """The site of the demo as if each of its experiments were large."""
    archive = Archive(open_archive(demo).installation, small_bytes=-1)
    made = make_site(archive, SiteSettings(protection_level=Level.NONE))
    yield made
    made.service.close()


@pytest.mark.parametrize("path", [path for path in demo_paths() if "a2m9" in path])
def test_every_page_of_a_large_experiment_is_made_as_of_a_small_one(
    demo_site: Any, site_of_large: Any, fetch: Fetch, path: str
) -> None:
    asked = {"Accept_Language": "ca", "Cookie": "scheme=dark"}
    # What depends on the clock is the same within a second.
    for _ in range(5):
        here, there = (fetch(site, path, **asked) for site in (demo_site, site_of_large))
        if here.body == there.body:
            break
    assert (here.code, here.body) == (there.code, there.body)
    assert here.headers["Etag"] == there.headers["Etag"]
    assert site_of_large.service.computing.pid is not None


def test_the_page_of_a_job_leads_to_what_it_waits_for(demo_site: Any, fetch: Fetch) -> None:
    page = page_of(fetch(demo_site, "/experiments/a2m9/jobs/a2m9_19631101_fc1_TRANSFER"))
    assert "Why it does not run It cannot start before somebody acts" in page.words
    # Of its parents some are WAITING; all of them are links, and so is what they hang on.
    names = [f"a2m9_19631101_fc1_{chunk}_CLEAN" for chunk in range(1, 6)]
    for name in (*names, "a2m9_19631101_fc1_4_SIM"):
        assert f"/experiments/a2m9/jobs/{name}" in page.values("a", "href")


def test_the_demo_installation_is_listed(demo: Path, demo_site: Any, fetch: Fetch) -> None:
    page = page_of(fetch(demo_site, "/"))
    index = experiments_of(open_archive(demo))
    assert index.sum.experiments > 1
    for row in index.rows:
        assert row.expid in page.words
        assert row.description in page.words
    assert page.text.count("Not running") == index.sum.experiments - index.sum.running


def test_the_search_box_works_without_a_script(
    make_installation: Make, site_of: Site, fetch: Fetch
) -> None:
    made = make_installation(["a000", "b000"], description=["The ocean", "The ice"])
    page = page_of(fetch(site_of(made), "/?q=ocean"))
    assert "a000" in page.text
    assert "b000" not in page.text
    assert "1 of 2 found" in page.words
    assert set(page.values("form", "method")) == {"get"}
    assert "ocean" in page.values("input", "value")


def test_pages_are_turned_with_links_that_keep_the_search(
    make_installation: Make, site_of: Site, fetch: Fetch
) -> None:
    app = site_of(make_installation([f"a{i:03}" for i in range(120)]))
    second = page_of(fetch(app, "/?q=a&page=2"))
    assert "Page 2 of 3" in second.words
    assert {"/?page=1&q=a", "/?page=3&q=a"} <= set(second.values("a", "href"))
    assert "Page" not in page_of(fetch(app, "/?q=a001")).words


def test_a_wrong_word_in_the_address_is_named(demo_site: Any, fetch: Fetch) -> None:
    page = page_of(fetch(demo_site, "/?page=nonsense"), 422)
    assert "Something in the address is wrong" in page.words
    assert "'page'" in page.words


def test_what_an_owner_wrote_is_text_and_nothing_else(
    make_installation: Make, site_of: Site, fetch: Fetch
) -> None:
    evil = "<script>alert('x')</script> & \"quotes\""
    app = site_of(make_installation(["a000"], description=[evil]))
    assert evil in page_of(fetch(app, "/")).text
    page = page_of(fetch(app, "/?q=%22%3E%3Cscript%3E"))
    assert '"><script>' in page.values("input", "value")


def test_an_empty_installation_and_a_search_in_vain_get_a_kind_word(
    make_installation: Make, site_of: Site, fetch: Fetch
) -> None:
    page = page_of(fetch(site_of(make_installation([])), "/"))
    assert "No experiments yet" in page.words
    page = page_of(fetch(site_of(make_installation(["a000"])), "/?q=zzzz"))
    assert "No experiment matches" in page.words
    assert "/" in page.values("a", "href")


def test_an_installation_that_cannot_be_read_is_said_to_be_so_and_tried_again(
    make_installation: Make, site_of: Site, fetch: Fetch, tmp_path: Path
) -> None:
    made = make_installation(["a000"])
    app = site_of(made)
    database = next((made.parent / "autosubmit").rglob("autosubmit.db"))
    content = database.read_bytes()
    database.write_bytes(b"no database at all")
    answer = fetch(app, "/")
    page = page_of(answer, 503)
    assert "cannot be read just now" in page.words
    assert str(tmp_path) not in answer.body.decode()
    assert answer.headers["Retry-After"] == "30"
    database.write_bytes(content)
    assert "a000" in page_of(fetch(app, "/")).text


@pytest.mark.parametrize("path", ["/nothing", "/index.html", "/a000?q=x", "/..%2f..%2fetc"])
def test_a_page_that_does_not_exist_is_a_page_too(demo_site: Any, fetch: Fetch, path: str) -> None:
    page = page_of(fetch(demo_site, path), 404)
    assert "This does not exist" in page.words
    assert "/" in page.values("a", "href")


def test_the_api_answers_beside_the_pages_as_ever(demo_site: Any, fetch: Fetch) -> None:
    assert fetch(demo_site, "/v4/experiments/a2m9").headers["Content-Type"] == "application/json"
    answer = fetch(demo_site, "/v4/nothing")
    assert (answer.code, answer.body) == (404, b'{"detail":"Not Found"}')
    assert fetch(demo_site, "/openapi.json").code == 200
    assert b"swagger" in fetch(demo_site, "/docs").body
    assert fetch(demo_site, "/health/ready").code == 200


def test_other_mistakes_have_pages(demo_site: Any, fetch: Fetch) -> None:
    assert "cannot be done" in page_of(fetch(demo_site, "/", method="POST"), 405).words
    page_of(fetch(demo_site, "/static/../app.py"), 404)
    page_of(fetch(demo_site, "/static/nothing.css"), 404)


@pytest.mark.parametrize("path", ["/", "/?q=x", "/nothing", "/static/nothing"])
def test_every_answer_has_the_safe_headers(demo_site: Any, fetch: Fetch, path: str) -> None:
    headers = fetch(demo_site, path).headers
    for name, value in handlers.HEADERS.items():
        assert headers.get_list(name) == [value]
    assert "Server" not in headers
    assert "unsafe" not in headers["Content-Security-Policy"]


def test_head_answers_as_get_without_the_body(demo_site: Any, fetch: Fetch) -> None:
    answer = fetch(demo_site, "/", method="HEAD")
    assert (answer.code, answer.body) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 1000


def test_files_are_linked_by_their_content_and_kept_by_browsers(
    demo_site: Any, fetch: Fetch
) -> None:
    page = page_of(fetch(demo_site, "/"))
    links = page.values("link", "href") + page.values("script", "src")
    assert len(links) >= 3
    for link in links:
        answer = fetch(demo_site, link)
        assert answer.code == 200
        assert "immutable" in answer.headers["Cache-Control"]


def test_pages_are_packed_for_those_who_accept_it(demo_site: Any, fetch: Fetch) -> None:
    packed = fetch(demo_site, "/", Accept_Encoding="gzip")
    plain = fetch(demo_site, "/")
    assert packed.body == plain.body
    assert packed.headers["X-Consumed-Content-Encoding"] == "gzip"


def test_a_root_path_is_in_every_link(demo: Path, site_of: Site, fetch: Fetch) -> None:
    page = page_of(fetch(site_of(demo, root_path="/as"), "/as/"))
    links = page.values("a", "href") + page.values("link", "href") + page.values("form", "action")
    assert all(link.startswith(("/as/", "#")) for link in links)


def test_a_visitor_who_has_to_wait_is_told_so_and_a_program_waits(
    demo_site: Any, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handlers, "PATIENCE_SECONDS", 0)
    answer = fetch(demo_site, "/experiments/a0k2", Sec_Fetch_Mode="navigate")
    page = page_of(answer, 202)
    assert "Reading the files of the experiment" in page.words
    assert "a0k2" in page.words
    assert "/experiments/a0k2/graph" in page.values("a", "href"), "one need not wait to go on"
    assert answer.headers["Cache-Control"] == "no-store"
    assert page_of(fetch(demo_site, "/experiments/a0k2")).values("h1", "class") == ["unseen"]


def test_no_template_writes_a_link_of_its_own() -> None:
    for template in (TEMPLATES / "base").rglob("*.j2"):
        for attribute in ("href", "src", "action"):
            for piece in template.read_text().split(f' {attribute}="')[1:]:
                assert piece.startswith(("{{ urls.", "{{ link", "#")), f"{template}: {piece[:40]}"
