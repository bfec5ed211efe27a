"""Puts the site together: its pages, and the API beside them."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version

from autosubmit_core import Archive
from autosubmit_core.access import Access
from autosubmit_core.server import ROUTES, Application, Route, make_app
from tornado.routing import URLSpec

from autosubmit_site import pages
from autosubmit_site.files import read_static_files
from autosubmit_site.handlers import NoSuchPage, StaticFiles, no_route_of
from autosubmit_site.identities import Sessions, TokensOrSessions
from autosubmit_site.settings import SiteSettings
from autosubmit_site.templating import Templates
from autosubmit_site.themes import theme_folder
from autosubmit_site.urls import Urls

__all__ = ["PAGES", "make_site"]

#: Every page, as routes that the core knows how to spell.
PAGES: list[Route] = [*pages.routes]


def make_site(archive: Archive, settings: SiteSettings) -> Application:
    """Return the application that shows an archive: the pages, and the API as the core serves it.

    Raises :class:`~autosubmit_site.themes.ThemeError` if there is no such theme.
    """
    theme = theme_folder(settings.theme)
    files = read_static_files(theme)
    urls = Urls(settings.root_path, tuple((name, file.path) for name, file in files.items()))
    return make_app(
        archive,
        settings,
        [
            *(page.spec() for page in PAGES),
            URLSpec("/static/(?P<path>.+)", StaticFiles, {"route": "/static/{path}"}),
            URLSpec(no_route_of(ROUTES), NoSuchPage),
        ],
        access=lambda access: _with_sessions(access, settings),
        templates=Templates(theme, urls, version("autosubmit_site"), settings.has_login()),
        static_files={file.path: file for file in files.values()},
        urls=urls,
    )


def _with_sessions(access: Access, settings: SiteSettings) -> Access:
    """Let callers be known by a session of this site too."""
    sessions = Sessions(access, settings)
    return replace(access, identities=TokensOrSessions(access.identities, sessions))
