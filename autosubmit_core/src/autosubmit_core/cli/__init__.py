"""The command line: ``autosubmit-core``, or ``python -m autosubmit_core.cli``."""

from autosubmit_core.cli.program import main

__all__ = ["main"]
