"""What every page keeps to.

Status 200 or the error's own; safe headers on every answer; HTML whose elements are closed, whose
ids are unique, whose fields have labels and whose pictures have texts; no link that is not made by
``urls``; everything from the installation escaped; no word about the machine in an error.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tornado.httpclient import HTTPResponse

from autosubmit_site import handlers, make_app
from autosubmit_site.index import Index, index_of

Fetch = Callable[..., HTTPResponse]
Make = Callable[..., Path]

TEMPLATES = Path(handlers.__file__).parent / "templates"
VOID = {"br", "img", "input", "link", "meta", "path", "rect"}


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


def page_of(answer: HTTPResponse, status: int = 200) -> Page:
    """Return the page of an answer, held to what all pages keep to."""
    assert answer.code == status
    assert answer.headers["Content-Type"] == "text/html; charset=UTF-8"
    page = Page(answer.body.decode())
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert set(page.values("label", "for")) == set(page.values("input", "id"))
    assert all("alt" in attrs for tag, attrs in page.elements if tag == "img")
    assert [tag for tag, _ in page.elements].count("h1") == 1
    assert not any(tag in ("script", "style") for tag, _ in page.elements)
    assert not any("style" in attrs for _, attrs in page.elements)
    assert page.values("html", "lang") == ["en"]
    return page


def test_the_demo_installation_is_listed(demo: Path, fetch: Fetch) -> None:
    app = make_app(demo)
    page = page_of(fetch(app, "/"))
    index = index_of(app.settings["installation"].archive())
    assert index.total > 1
    assert index.running >= 1
    for row in index.rows:
        assert row.expid in page.words
        assert row.description in page.words
    assert f"{index.total} in this installation, {index.running} running" in page.words
    assert page.text.count("Not running") == index.total - index.running


def test_the_search_box_works_without_a_script(make_installation: Make, fetch: Fetch) -> None:
    made = make_installation(["a000", "b000"], description=["The ocean", "The ice"])
    page = page_of(fetch(make_app(made), "/?q=ocean"))
    assert "a000" in page.text
    assert "b000" not in page.text
    assert "1 of 2 found for ocean" in page.words
    assert page.values("form", "method") == ["get"]
    assert page.values("input", "value") == ["ocean"]


def test_pages_are_turned_with_links_that_keep_the_search(
    make_installation: Make, fetch: Fetch
) -> None:
    app = make_app(make_installation([f"a{i:03}" for i in range(120)]))
    second = page_of(fetch(app, "/?q=a&page=2"))
    assert "Page 2 of 3" in second.words
    assert {"/?q=a", "/?q=a&page=3"} <= set(second.values("a", "href"))
    assert "Page 1 of 3" in page_of(fetch(app, "/?page=nonsense")).words
    assert "Page 1 of 3" in page_of(fetch(app, "/?page=%C2%B2")).words
    assert "Page" not in page_of(fetch(app, "/?q=a001")).words


def test_what_an_owner_wrote_is_text_and_nothing_else(
    make_installation: Make, fetch: Fetch
) -> None:
    evil = "<script>alert('x')</script> & \"quotes\""
    app = make_app(make_installation(["a000"], description=[evil]))
    assert evil in page_of(fetch(app, "/")).text
    page = page_of(fetch(app, "/?q=%22%3E%3Cscript%3E"))
    assert page.values("input", "value") == ['"><script>']


def test_an_empty_installation_and_a_search_in_vain_get_a_kind_word(
    make_installation: Make, fetch: Fetch
) -> None:
    assert "no experiments yet" in page_of(fetch(make_app(make_installation([])), "/")).words
    page = page_of(fetch(make_app(make_installation(["a000"])), "/?q=zzzz"))
    assert "No experiment has zzzz in its name" in page.words
    assert "/" in page.values("a", "href")


def test_an_installation_that_cannot_be_read_is_said_to_be_so_and_tried_again(
    make_installation: Make, fetch: Fetch, tmp_path: Path
) -> None:
    app = make_app(tmp_path / ".autosubmitrc")
    answer = fetch(app, "/")
    page = page_of(answer, 503)
    assert "cannot be read just now" in page.words
    assert str(tmp_path) not in answer.body.decode()
    assert answer.headers["Retry-After"] == "60"
    made = make_installation(["a000"])
    assert "a000" in page_of(fetch(app, "/")).text
    database = next((made.parent / "autosubmit").rglob("autosubmit.db"))
    database.write_bytes(b"no database at all")
    answer = fetch(app, "/")
    assert "cannot be read just now" in page_of(answer, 503).words
    assert str(tmp_path) not in answer.body.decode()


@pytest.mark.parametrize("path", ["/nothing", "/index.html", "//", "/a000?q=x", "/..%2f..%2fetc"])
def test_a_page_that_does_not_exist_is_a_page_too(demo: Path, fetch: Fetch, path: str) -> None:
    page = page_of(fetch(make_app(demo), path), 404)
    assert "This page does not exist" in page.words
    assert "/" in page.values("a", "href")


def test_other_mistakes_have_pages(demo: Path, fetch: Fetch) -> None:
    app = make_app(demo)
    assert "Method Not Allowed" in page_of(fetch(app, "/", method="POST"), 405).words
    assert "Bad Request" in page_of(fetch(app, "/?q=%ff"), 400).words
    page_of(fetch(app, "/static/../app.py"), 403)
    page_of(fetch(app, "/static/nothing.css"), 404)


@pytest.mark.parametrize("path", ["/", "/?q=x", "/nothing", "/static/site.css", "/static/nothing"])
def test_every_answer_has_the_safe_headers(demo: Path, fetch: Fetch, path: str) -> None:
    headers = fetch(make_app(demo), path).headers
    for name, value in handlers.HEADERS.items():
        assert headers.get_list(name) == [value]
    assert "Server" not in headers
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "script-src" not in headers["Content-Security-Policy"]


def test_head_answers_as_get_without_the_body(demo: Path, fetch: Fetch) -> None:
    answer = fetch(make_app(demo), "/", method="HEAD")
    assert (answer.code, answer.body) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 1000


def test_the_style_is_linked_by_its_content_and_kept_by_browsers(demo: Path, fetch: Fetch) -> None:
    app = make_app(demo)
    links = page_of(fetch(app, "/")).values("link", "href")
    assert all("?v=" in link for link in links)
    for link in links:
        answer = fetch(app, link)
        assert answer.code == 200
        assert "max-age" in answer.headers["Cache-Control"]


def test_a_slow_installation_keeps_nobody_else_waiting(
    demo: Path, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    other_was_answered = threading.Event()

    def waiting(archive: object, search: str, page: int) -> Index:
        if search == "slow":
            assert other_was_answered.wait(timeout=20)
        else:
            other_was_answered.set()
        return Index(
            rows=(), search=search, page=1, pages=1, total=0, running=0, matching=0, warnings=()
        )

    monkeypatch.setattr(handlers, "index_of", waiting)
    assert fetch(make_app(demo), "/?q=quick", "/?q=slow").code == 200


def test_what_the_list_does_without_is_said(
    demo: Path, monkeypatch: pytest.MonkeyPatch, fetch: Fetch
) -> None:
    def without(archive: object, search: str, page: int) -> Index:
        return Index(
            rows=(),
            search="",
            page=1,
            pages=1,
            total=0,
            running=0,
            matching=0,
            warnings=("It is not known what runs.",),
        )

    monkeypatch.setattr(handlers, "index_of", without)
    assert "It is not known what runs." in page_of(fetch(make_app(demo), "/")).words


def test_no_template_writes_a_link_of_its_own() -> None:
    for template in TEMPLATES.iterdir():
        for attribute in ("href", "src", "action"):
            for piece in template.read_text().split(f' {attribute}="')[1:]:
                assert piece.startswith(("{{ urls.", "#")), f"{template.name}: {piece[:40]}"
