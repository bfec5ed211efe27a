"""The program ``autosubmit-core`` and its commands."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version

from autosubmit_core.cli import notification, worker
from autosubmit_core.errors import AutosubmitError

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks for; return the exit status of the process."""
    parser = argparse.ArgumentParser(
        prog="autosubmit-core", description="Read and serve the experiments of Autosubmit."
    )
    parser.add_argument(
        "--version", action="version", version=f"autosubmit-core {version('autosubmit_core')}"
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    worker.add_to(commands)
    notification.add_to(commands)
    asked = parser.parse_args(arguments)
    try:
        status: int = asked.command(asked)
    except AutosubmitError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return status
