"""Puts the site together."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import jinja2
import tornado.web

from autosubmit_site.handlers import NoSuchPage, StaticFile, routes
from autosubmit_site.installation import InstallationDoor
from autosubmit_site.urls import STATIC, Urls

__all__ = ["make_app"]

_HERE = Path(__file__).parent


def make_app(configuration: Path | None = None) -> tornado.web.Application:
    """Return the site of an installation.

    ``configuration`` is its ``autosubmitrc`` or a folder that holds one; without it the
    installation is found as Autosubmit finds its own. It is opened at the first request.
    """
    app = tornado.web.Application(
        list(routes),
        default_handler_class=NoSuchPage,
        static_path=str(_HERE / "static"),
        static_url_prefix=STATIC,
        static_handler_class=StaticFile,
        installation=InstallationDoor(configuration),
    )
    urls = Urls(static=partial(StaticFile.make_static_url, app.settings))
    app.settings["templates"] = _templates(urls)
    return app


def _templates(urls: Urls) -> jinja2.Environment:
    """Return the maker of pages: everything is escaped, and a name that nobody gave is an error."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["urls"] = urls
    return made
