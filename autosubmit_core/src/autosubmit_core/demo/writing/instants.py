"""Instants in the ways that Autosubmit writes them: the inverse of :mod:`autosubmit_core.times`."""

from __future__ import annotations

import time

__all__ = ["local_stamp", "local_text", "log_stamp"]


def local_stamp(instant: int) -> str:
    """Return ``YYYYMMDDHHMMSS`` in this process's zone."""
    return time.strftime("%Y%m%d%H%M%S", time.localtime(instant))


def log_stamp(instant: int) -> str:
    """Return ``YYYYMMDD_HHMMSS`` in this process's zone, as the names of command logs begin."""
    return time.strftime("%Y%m%d_%H%M%S", time.localtime(instant))


def local_text(instant: int, *, offset: bool) -> str:
    """Return ``YYYY-MM-DD-HH:MM:SS`` in this process's zone, as history tables note it.

    With ``offset`` as Autosubmit 4.1.17 and later do: ``YYYY-MM-DDTHH:MM:SS+hhmm``.
    """
    form = "%Y-%m-%dT%H:%M:%S%z" if offset else "%Y-%m-%d-%H:%M:%S"
    return time.strftime(form, time.localtime(instant))
