"""What the site can be told, beside all that the core's server can be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

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
