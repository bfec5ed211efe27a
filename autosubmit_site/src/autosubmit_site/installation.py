"""The installation that the site is about: opened when it is first asked for, and then kept."""

from __future__ import annotations

import threading
from pathlib import Path

from autosubmit_core import Archive, open_archive

__all__ = ["InstallationDoor"]


class InstallationDoor:
    """Opens an Autosubmit installation once, for all requests.

    One that cannot be opened, because its disk is not mounted yet, say, is tried again at the next
    question: the site need not be started again.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._archive: Archive | None = None
        self._lock = threading.Lock()

    def archive(self) -> Archive:
        """Return the archive; raises :class:`~autosubmit_core.InstallationError` if there is none."""
        with self._lock:
            if self._archive is None:
                self._archive = open_archive(self._path)
            return self._archive
