"""The description as a page: this server's own files, and nothing from anywhere else."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

Serve = Callable[..., Any]


class Links(HTMLParser):
    """Notes every address in a page, and whether it has a script or style of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inline = ""
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag in ("script", "style")
        for name, value in attrs:
            if name in ("src", "href", "data-description"):
                self.found.append(str(value))
            assert not name.startswith("on")
            assert name != "style"

    def handle_data(self, data: str) -> None:
        self.inline += data if self._inside else ""

    def handle_endtag(self, tag: str) -> None:
        self._inside = False


def read(page: bytes) -> Links:
    links = Links()
    links.feed(page.decode())
    return links


def test_the_page_is_made_of_files_of_this_server(demo_server: Any) -> None:
    page = demo_server.ask("/docs")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    links = read(page.body)
    assert links.inline.strip() == ""
    local = [link for link in links.found if not link.startswith("data:")]
    assert len(local) == 5
    for link in local:
        assert demo_server.ask(link).status == 200, link


def test_it_may_load_nothing_else(demo_server: Any) -> None:
    policy = demo_server.ask("/docs").headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert not re.search(r"https?:|\*", policy)


def test_scripts_and_styles_are_told_as_such(demo_server: Any) -> None:
    for name, kind in (
        ("swagger_bundle.js", "text/javascript; charset=utf-8"),
        ("start.js", "text/javascript; charset=utf-8"),
        ("swagger_style.css", "text/css; charset=utf-8"),
    ):
        answer = demo_server.ask(f"/docs/{name}")
        assert answer.headers["Content-Type"] == kind
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_no_other_file_is_served(demo_server: Any) -> None:
    for name in ("scalar.js", "__init__.py", "..", "openapi.json"):
        assert demo_server.ask(f"/docs/{name}").status in (404, 422)


def test_behind_a_proxy_it_finds_its_files(serve: Serve, demo_archive: Any) -> None:
    server = serve(demo_archive, root_path="/api")
    for path in ("/api/docs", "/api/docs/", "/docs"):
        links = read(server.ask(path).body)
        local = [link for link in links.found if not link.startswith("data:")]
        assert all(link.startswith("/api/") for link in local)
        assert {server.ask(link).status for link in local} == {200}


def test_the_licence_of_what_the_page_is_made_of_is_listed() -> None:
    top = Path(__file__).resolve().parents[3]
    listed = (top / "open-source-licences" / "README.md").read_text()
    (row,) = (line for line in listed.splitlines() if line.startswith("| offapi |"))
    assert "Swagger UI (Apache-2.0), which is shown at `/docs`" in row
