"""The command line: ``python -m autosubmit_site``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from autosubmit_core.server import read_settings, run, serve

from autosubmit_site.app import make_site
from autosubmit_site.settings import SiteSettings
from autosubmit_site.themes import ThemeError, theme_folder

__all__ = ["command", "main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the pages and the API on one port until told to stop; return the exit status."""
    told = sys.argv[1:] if arguments is None else arguments
    settings = read_settings(told, os.environ, SiteSettings)

    def ready(port: int) -> None:
        host = "localhost" if settings.address in ("127.0.0.1", "0.0.0.0", "::", "") else ""
        at = host or (f"[{settings.address}]" if ":" in settings.address else settings.address)
        print(
            f"The experiments are at http://{at}:{port}{settings.root_path}/ (Ctrl-C stops).",
            flush=True,
        )

    try:
        theme_folder(settings.theme)
    except ThemeError as error:
        print(f"autosubmit_site: {error}", file=sys.stderr)
        return 2
    return serve(settings, make_site, ready)


def command() -> None:
    """Run the installed command ``autosubmit-site``."""
    run(main)
