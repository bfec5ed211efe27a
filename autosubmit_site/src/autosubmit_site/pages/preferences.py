"""How the pages look to one visitor: language, light or dark, colours of statuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from autosubmit_core import Archive
from autosubmit_core.access import Needs, local_path
from autosubmit_core.server import Choice, Operation, Route, Text

from autosubmit_site.appearance import CHOICES
from autosubmit_site.handlers import PageHandler

__all__ = ["Preferences", "preferences_of", "routes"]

#: For how long a browser remembers them, in days.
_DAYS = 365


@dataclass(frozen=True, slots=True)
class Preferences:
    """The page of preferences."""

    #: The page to go back to, a path of this site.
    back: str


def preferences_of(archive: Archive, back: str) -> Preferences:
    """Return the page of preferences."""
    return Preferences(back)


class PreferencesPage(PageHandler):
    """``GET /preferences``: to choose; with choices they are remembered, and the page before is shown."""

    needs: ClassVar = Needs.NOTHING
    operations: ClassVar = {
        "get": Operation(
            summary="How the pages look",
            query=(
                *(
                    Choice(name=name, words=words, meaning="What to remember.")
                    for name, words in CHOICES.items()
                ),
                Text(name="back", meaning="The page to go back to.", longest=4000),
            ),
            media=("text/html",),
        )
    }

    async def get(self) -> None:
        arguments = self.arguments()
        back = local_path(arguments.pop("back") or self._before())
        chosen = {name: value for name, value in arguments.items() if value}
        if not chosen:
            await self.show("preferences.html.j2", preferences_of, back=back)
            return
        for name, value in chosen.items():
            self.set_cookie(
                name,
                value,
                expires_days=_DAYS,
                path=self.service.settings.root_path or "/",
                samesite="Lax",
                httponly=True,
            )
        self.set_header("Cache-Control", "no-store")
        self.redirect(back, status=303)

    def _before(self) -> str:
        """Return the page that the visitor comes from, as far as the browser tells."""
        first = f"{self.service.settings.root_path}/"
        try:
            before = urlsplit(self.request.headers.get("Referer", ""))
        except ValueError:  # such as half an IPv6 address
            return first
        if before.netloc != self.request.host or before.path.endswith("/preferences"):
            return first
        return before.path + (f"?{before.query}" if before.query else "")


routes = [Route("/preferences", PreferencesPage)]
