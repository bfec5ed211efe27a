"""What the site serves, and what every answer of it has: safe headers, and a page for every error."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from http import HTTPStatus
from types import TracebackType
from typing import Any, TypeVar, cast

import jinja2
import tornado.web
from autosubmit_core import InstallationError, SourceError

from autosubmit_site.index import index_of
from autosubmit_site.installation import InstallationDoor
from autosubmit_site.urls import INDEX

__all__ = ["HEADERS", "NoSuchPage", "SiteHandler", "StaticFile", "routes"]

log = logging.getLogger(__name__)

#: Every answer has these: no script at all, styles and pictures of this site only, no frames.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

#: More of a search than this is not looked at.
_SEARCH_CHARACTERS = 200

_WORDS = {
    404: ("This page does not exist", "The link may be old, or mistyped."),
    503: (
        "The experiments cannot be read just now",
        "The Autosubmit installation behind this site did not answer. Please try again in a while; "
        "those who run the site find the reason in its log.",
    ),
}

T = TypeVar("T")


class SiteHandler(tornado.web.RequestHandler):
    """The base of all handlers."""

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        for name, value in HEADERS.items():
            self.set_header(name, value)

    async def compute(self, work: Callable[..., T], *arguments: object) -> T:
        """Return what a slow function returns: it runs in a worker thread, never on the loop."""
        return await asyncio.get_running_loop().run_in_executor(None, work, *arguments)

    def page(self, template: str, **values: object) -> str:
        """Return a page of the site."""
        environment = cast(jinja2.Environment, self.application.settings["templates"])
        return environment.get_template(template).render(values)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with a page that says what is wrong, in words for a visitor."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, (InstallationError, SourceError)):
            status_code = 503
            self.set_status(status_code)
            self.set_header("Retry-After", "60")
        title, words = _WORDS.get(
            status_code,
            (HTTPStatus(status_code).phrase, "The site could not answer this request."),
        )
        self.set_header("Cache-Control", "no-store")
        self.finish(self.page("message.html.j2", title=title, words=words, status=status_code))

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if isinstance(value, (InstallationError, SourceError)):
            log.error("The installation cannot be read: %s", value)
        else:
            super().log_exception(typ, value, tb)


class IndexPage(SiteHandler):
    """``GET /``: the experiments of the installation; ``?q=`` looks for some, ``?page=`` turns pages."""

    async def get(self) -> None:
        search = self.get_query_argument("q", "")[:_SEARCH_CHARACTERS]
        number = self.get_query_argument("page", "1")
        page = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 1
        self.set_header("Cache-Control", "no-cache")
        self.finish(await self.compute(self._page, search, page))

    head = get

    def _page(self, search: str, page: int) -> str:
        door = cast(InstallationDoor, self.application.settings["installation"])
        return self.page("index.html.j2", index=index_of(door.archive(), search, page))


class NoSuchPage(SiteHandler):
    """Every other path, whatever the verb."""

    def prepare(self) -> None:
        raise tornado.web.HTTPError(404)


class StaticFile(SiteHandler, tornado.web.StaticFileHandler):
    """``GET /static/…``: the site's own style and pictures."""


routes = [(INDEX, IndexPage)]
