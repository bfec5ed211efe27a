"""What the site can be told, beside all that the core's server can be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from autosubmit_core.server import Settings, setting, whole_number

__all__ = ["SiteSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSettings(Settings):
    """The settings of the core's server, some with other defaults, and those of the pages."""

    program: ClassVar[str] = "autosubmit_site"
    description: ClassVar[str] = (
        "Serve web pages about the experiments of an Autosubmit installation, and the API beside them."
    )

    port: int = setting(
        8080, "port to listen on; 0 lets the system choose one", read=whole_number(0, 65535)
    )
    theme: str = setting(
        "base",
        "look of the pages: the name of a theme that comes with the package, or a folder with one",
        read=str,
        # The short name is what one types; others may mean something else by it.
        variable=("AUTOSUBMIT_SITE_THEME", "THEME"),
    )
    state: Path = setting(
        Path("~/.local/state/autosubmit_site"),
        "folder for what the site has to remember itself, which is who is logged in and when they last "
        "looked at the digest; made when it is needed, and on no network file system; not used where "
        "the installation is on a PostgreSQL server, which has that too",
        read=Path,
        variable="AUTOSUBMIT_SITE_STATE",
    )
    session_seconds: int = setting(
        604_800,
        "seconds after which somebody who logged in has to do so again: a week",
        read=whole_number(60, 366 * 86_400),
        variable="AUTOSUBMIT_SESSION_SECONDS",
    )
    session_idle_seconds: int = setting(
        86_400,
        "seconds without a visit after which somebody has to log in again: a day",
        read=whole_number(60, 366 * 86_400),
        variable="AUTOSUBMIT_SESSION_IDLE_SECONDS",
    )

    def __post_init__(self) -> None:
        """Raise :class:`ValueError` for settings that do not go together."""
        Settings.__post_init__(self)
        if self.has_login() and not self.public_url:
            raise ValueError(
                "logins need AUTOSUBMIT_PUBLIC_URL, the address that browsers come back to"
            )
        if self.public_url and urlsplit(self.public_url).path != self.root_path:
            raise ValueError(
                "AUTOSUBMIT_PUBLIC_URL has to end with the path under which the site is published, "
                f"which is {self.root_path or 'none'} (AS_API_ROOT_PATH)"
            )
