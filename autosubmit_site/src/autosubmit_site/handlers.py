"""What every page does alike: it is made off the loop, kept while it holds, and safe to show."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Hashable, Sequence
from http import HTTPStatus
from typing import Any, ClassVar, cast

import tornado.web
from autosubmit_core import Archive, SourceWarning
from autosubmit_core.access import Needs
from autosubmit_core.server import (
    ApiHandler,
    Asked,
    Operation,
    Refusal,
    Route,
    Subject,
    refusal_of,
    warnings_of,
)

from autosubmit_site.appearance import Appearance, appearance_of
from autosubmit_site.files import StaticFile
from autosubmit_site.heading import Heading, heading_of
from autosubmit_site.templating import Templates, view_values
from autosubmit_site.urls import Urls

__all__ = ["HEADERS", "NoSuchPage", "PageHandler", "StaticFiles", "no_route_of"]

#: Every page has these: scripts, styles and pictures of this site only, nothing inside a page is run.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

#: How long somebody who opens a page looks at nothing, in seconds; then the page says what it does.
PATIENCE_SECONDS = 0.3

#: How much longer for the name of the experiment, which is read in a moment, in seconds.
NAME_SECONDS = 0.3

#: For how long browsers keep files whose names change with their content, in seconds: a year.
_KEPT_SECONDS = 31_536_000


class PageHandler(ApiHandler):
    """The base of all pages."""

    @property
    def templates(self) -> Templates:
        return cast(Templates, self.application.settings["templates"])

    @property
    def urls(self) -> Urls:
        return cast(Urls, self.application.settings["urls"])

    @property
    def appearance(self) -> Appearance:
        """How this visitor wants the pages."""
        accepted = self.request.headers.get("Accept-Language", "")
        return appearance_of(lambda name: self.get_cookie(name), accepted)

    async def show(
        self,
        template: str,
        view: Callable[..., Any],
        expid: Asked = None,
        **arguments: Hashable,
    ) -> None:
        """Answer with the page of ``view(experiment, **arguments)``: of several experiments if it is
        about several, of the archive without any.

        A visitor who opens a page that takes long is shown that it is being made, and then the page.
        """
        making = asyncio.ensure_future(
            self.encoded(
                _page,
                expid,
                templates=self.templates,
                appearance=self.appearance,
                template=template,
                view=view,
                arguments=tuple(sorted(arguments.items())),
            )
        )
        if self.request.headers.get("Sec-Fetch-Mode") == "navigate":
            await asyncio.wait({making}, timeout=PATIENCE_SECONDS)
            if not making.done():
                making.add_done_callback(lambda made: made.exception())
                await self._wait(expid)
                return
        await self.send(await making)

    async def _wait(self, asked: Asked) -> None:
        """Answer with what is known already: the experiment's name and the way to its other pages."""
        heading = await self._known_heading(asked) if isinstance(asked, str) else None
        self.set_status(202)
        expid = asked if isinstance(asked, str) else ", ".join(dict.fromkeys(asked or ()))
        self.show_now(
            "waiting.html.j2",
            heading=heading,
            tab=(self.request.path.split("/")[3:] or ["overview"])[0],
            expid=expid,
            path=self.here(),
        )

    async def _known_heading(self, expid: str) -> Heading | None:
        """Return the heading of an experiment; None if that takes long too, or fails as the page will."""
        reading = asyncio.ensure_future(
            self.service.looks.run(
                lambda: heading_of(self.service.archive.experiment(expid)), about=expid
            )
        )
        await asyncio.wait({reading}, timeout=NAME_SECONDS)
        if not reading.done() or reading.exception():
            reading.add_done_callback(lambda read: read.exception())
            return None
        return reading.result()

    def show_now(self, template: str, **values: object) -> None:
        """Answer with a page that is for this visitor alone: nobody keeps it."""
        self.set_header("Cache-Control", "no-store")
        self.finish(self.templates.render(template, self.appearance, **values))

    async def prepare(self) -> None:
        await super().prepare()
        # A form sends the fields that nobody filled in too.
        asked = self.request.query_arguments
        self.request.query_arguments = {name: texts for name, texts in asked.items() if any(texts)}

    def show_refusal(self, refusal: Refusal) -> None:
        """Answer with a page that says what is wrong, and what to do; nobody known has to log in."""
        if refusal.status == 401:
            self.ask_to_log_in()
            return
        self.show_now(
            "message.html.j2", refusal=refusal, request_id=self.request_id, path=self.here()
        )

    def show_login(self, then: str, refusal: Refusal | None = None) -> None:
        """Answer with the login providers; one that is chosen leads back to a path of this site."""
        providers = tuple(self.service.access.flow.providers.values())
        self.show_now("login.html.j2", providers=providers, then=then, refusal=refusal)

    def ask_to_log_in(self) -> None:
        """Send a visitor whom nobody knows to where they log in; scripts are only told."""
        self.clear_header("WWW-Authenticate")
        # What a form sends is not sent again after the login: it leads to where forms are.
        then = self.here() if self.request.method in ("GET", "HEAD") else self.urls.page("account")
        opens = self.request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
        if opens and self.service.access.flow.providers:
            self.set_header("Cache-Control", "no-store")
            self.redirect(self.urls.page("login", then=then), status=303)
        else:
            self.show_login(then)

    def here(self) -> str:
        """Return the path and query that were asked for, as links have them."""
        query = f"?{self.request.query}" if self.request.query else ""
        return f"{self.service.settings.root_path}{self.request.path}{query}"

    @staticmethod
    def envelope(answer: Any, warnings: Sequence[SourceWarning]) -> object:
        return answer

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Vary", "Accept-Encoding, Accept-Language, Cookie")
        self.set_header("Cache-Control", "private, no-cache")
        for name, value in HEADERS.items():
            self.set_header(name, value)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs["exc_info"][1] if "exc_info" in kwargs else None
        refusal = refusal_of(error or tornado.web.HTTPError(status_code))
        if isinstance(error, tornado.web.HTTPError):
            refusal = Refusal(error.status_code, HTTPStatus(error.status_code).phrase, refusal.code)
        self.set_status(refusal.status)
        for name, value in refusal.headers.items():
            self.set_header(name, value)
        if refusal.status == 503:
            self.set_header("Retry-After", "30")
        self._etag = ""
        self.show_refusal(refusal)


def _page(
    subject: Subject,
    *,
    templates: Templates,
    appearance: Appearance,
    template: str,
    view: Callable[..., Any],
    arguments: tuple[tuple[str, Hashable], ...],
) -> bytes:
    """Return a page, made in a worker."""
    values: dict[str, Any] = dict(view_values(view(subject, **dict(arguments))))
    if not isinstance(subject, Archive):
        values["heading"] = heading_of(subject[0] if isinstance(subject, tuple) else subject)
    values["warnings"] = tuple(warning.message for warning in warnings_of(subject))
    return templates.render(template, appearance, **values)


class NoSuchPage(PageHandler):
    """Every path that neither a page nor the API has."""

    async def prepare(self) -> None:
        raise tornado.web.HTTPError(404)


class StaticFiles(PageHandler):
    """``GET /static/…``: scripts, styles and pictures."""

    needs: ClassVar = Needs.NOTHING
    operations: ClassVar = {"get": Operation(summary="A file of the pages")}

    async def check_caller(self) -> None:
        """Let everybody have the files, without looking up who asks."""

    async def get(self, path: str) -> None:
        files: dict[str, StaticFile] = self.application.settings["static_files"]
        file = files.get(path)
        if file is None:
            raise tornado.web.HTTPError(404)
        self.set_header("Content-Type", file.media_type)
        self.set_header("Cache-Control", f"public, max-age={_KEPT_SECONDS}, immutable")
        self.set_header("Vary", "Accept-Encoding")
        await self.send(file.encoded)


def no_route_of(routes: Sequence[Route]) -> str:
    """Return the pattern of all paths that cannot be of some routes, told by how these begin.

    >>> bool(re.fullmatch(no_route_of([Route("/v4/jobs", NoSuchPage)]), "/v4/x"))
    False
    """
    first = sorted({route.path.split("/")[1] for route in routes} - {""})
    return f"/(?!(?:{'|'.join(map(re.escape, first))})(?:/|$)).*"
