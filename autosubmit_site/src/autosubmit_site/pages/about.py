"""What this is, in which versions, and what it is built on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.metadata import version
from typing import ClassVar

from autosubmit_core import Archive
from autosubmit_core.access import Needs
from autosubmit_core.server import Operation, Route

from autosubmit_site.files import BUILT
from autosubmit_site.handlers import PageHandler

__all__ = ["About", "Bundled", "about_of", "routes"]


@dataclass(frozen=True, slots=True)
class Bundled:
    """A project of which parts are in the scripts of the pages."""

    name: str
    version: str
    licence: str
    text: str


@dataclass(frozen=True, slots=True)
class About:
    """The versions, and the projects whose work is in the pages."""

    core_version: str
    site_version: str
    bundled: tuple[Bundled, ...]


def about_of(archive: Archive) -> About:
    """Return what the page about the site says."""
    listed = json.loads((BUILT / "licences.json").read_text())
    return About(
        core_version=version("autosubmit_core"),
        site_version=version("autosubmit_site"),
        bundled=tuple(Bundled(**project) for project in listed),
    )


class AboutPage(PageHandler):
    """``GET /about``: what this is."""

    needs: ClassVar = Needs.NOTHING
    operations: ClassVar = {"get": Operation(summary="What this is", media=("text/html",))}

    async def get(self) -> None:
        await self.show("about.html.j2", about_of)


routes = [Route("/about", AboutPage)]
