"""``python -m autosubmit_core.demo FOLDER``: build a demo installation."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from autosubmit_core.demo.installation import build
from autosubmit_core.demo.writing.servers import move_to_server
from autosubmit_core.errors import InstallationError

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the installation that the command line asks for, and say how to look at it."""
    parser = argparse.ArgumentParser(
        prog="python -m autosubmit_core.demo",
        description="Build a small installation of Autosubmit with experiments of many kinds.",
    )
    parser.add_argument("folder", type=Path, help="where to build it; made if it does not exist")
    parser.add_argument("--jobs", type=int, default=0, help="add an experiment of about N jobs")
    parser.add_argument("--seed", type=int, default=1, help="another seed gives other numbers")
    parser.add_argument(
        "--connection-url-file",
        type=Path,
        metavar="FILE",
        help="keep databases and job lists on a PostgreSQL server: the empty database of the URL in a file",
    )
    asked = parser.parse_args(arguments)
    try:
        folder = build(
            asked.folder.resolve(),
            seed=asked.seed,
            jobs=asked.jobs,
            progress=lambda line: print(line, file=sys.stderr),
        )
        if asked.connection_url_file:
            url = asked.connection_url_file.read_text(encoding="utf-8").strip()
            move_to_server(folder / "autosubmitrc", url)
    except InstallationError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"export AUTOSUBMIT_CONFIGURATION={folder / 'autosubmitrc'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
