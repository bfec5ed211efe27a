"""The one maker of links: what is written nowhere else cannot come apart."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

__all__ = ["INDEX", "STATIC", "Urls"]

#: Where the pages are, as routes know them.
INDEX = "/"
STATIC = "/static/"


class Urls:
    """Links to the pages and files of the site."""

    def __init__(self, static: Callable[[str], str]) -> None:
        self._static = static

    def index(self, search: str = "", page: int = 1) -> str:
        """Return the link to a page of the list of experiments.

        >>> urls = Urls(static=str)
        >>> urls.index(), urls.index("mars & co", 2)
        ('/', '/?q=mars+%26+co&page=2')
        """
        asked = {"q": search} if search else {}
        if page > 1:
            asked["page"] = str(page)
        return INDEX + ("?" + urlencode(asked) if asked else "")

    def static(self, name: str) -> str:
        """Return the link to a file of the site; it changes with the file's content."""
        return self._static(name)
