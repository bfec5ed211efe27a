"""What the values of commands may be: checked before anything is run (RS-3)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from autosubmit_core.archive import Archive
from autosubmit_core.errors import CommandInvalidError

__all__ = [
    "FILTERS",
    "FINAL_STATUSES",
    "checked_branch",
    "checked_description",
    "checked_expid",
    "checked_filter",
    "checked_names",
    "checked_path",
    "checked_platform",
    "checked_repository",
    "checked_status",
    "unknown_jobs",
]

#: The statuses that ``setstatus`` of Autosubmit 4.1 sets.
FINAL_STATUSES = ("READY", "COMPLETED", "WAITING", "SUSPENDED", "UNKNOWN", "HELD")
#: The options of ``setstatus`` that choose jobs, other than by their names.
FILTERS = (
    *("filter_chunks", "filter_status", "filter_type"),
    *("filter_type_chunk", "filter_type_chunk_split"),
)

_EXPID = re.compile(r"[a-z0-9]{4,12}", re.ASCII)
_JOB = re.compile(r"[A-Za-z0-9_.%-]{1,255}", re.ASCII)
_FILTER = re.compile(r"[A-Za-z0-9_, \[\]-]{1,10240}", re.ASCII)
_PLATFORM = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
#: No password, which command lines and records would show; and nothing in it looks like an option.
_USER, _HOST = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}", r"[A-Za-z0-9_][A-Za-z0-9._-]{0,254}"
_REPOSITORY = re.compile(
    rf"(https|ssh)://({_USER}@)?{_HOST}(:[0-9]{{1,5}})?(/[A-Za-z0-9@:%._~/+-]{{0,1000}})?"
    rf"|{_USER}@{_HOST}:[A-Za-z0-9_/~][A-Za-z0-9._~/+-]{{0,999}}",
    re.ASCII,
)
_PATH = re.compile(r"[A-Za-z0-9_.+/ -]{1,1000}", re.ASCII)
_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+#-]{0,254}", re.ASCII)

_LONGEST_DESCRIPTION = 1000
_MOST_NAMES = 20_000


def checked_expid(expid: str, field: str = "expid") -> str:
    """Return a text that can be the name of an experiment."""
    return _matched(_EXPID, expid, field, "4 to 12 lower-case letters and digits")


def checked_description(text: str, field: str) -> str:
    """Return a description on one line.

    >>> checked_description("two\\nlines", "description")
    'two lines'
    """
    line = re.sub(r"[\n\t]", " ", text)
    if not 0 < len(line) <= _LONGEST_DESCRIPTION:
        raise CommandInvalidError(field, f"must have 1 to {_LONGEST_DESCRIPTION} characters")
    if re.search(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", line):
        raise CommandInvalidError(field, "must not have control characters")
    return line


def checked_names(names: Sequence[str], field: str) -> tuple[str, ...]:
    """Return names that jobs can have, each once."""
    if len(names) > _MOST_NAMES:
        raise CommandInvalidError(field, f"must have at most {_MOST_NAMES} names")
    return tuple(dict.fromkeys(_matched(_JOB, name, field, "names of jobs") for name in names))


def checked_status(status: str | None, accepted: Sequence[str], field: str) -> str:
    """Return a status that the installed Autosubmit sets."""
    if status is None or status not in accepted:
        listed = ", ".join(accepted)
        raise CommandInvalidError(
            field, f"Autosubmit sets {listed}" + (f", not {status[:40]}" if status else "")
        )
    return status


def checked_filter(text: str, field: str) -> str:
    """Return a filter of jobs in the words of Autosubmit."""
    return _matched(
        _FILTER, text, field, "letters, digits, _ - , spaces and brackets, at most 10 kB"
    )


def checked_repository(text: str, field: str) -> str:
    """Return the address of a git repository."""
    return _matched(
        _REPOSITORY, text, field, "an https or ssh address without a password, or user@host:path"
    )


def checked_branch(text: str, field: str) -> str:
    """Return the name of a git branch."""
    name = _matched(_BRANCH, text, field, "the name of a branch")
    if ".." in name or "//" in name or "/." in name or name.endswith(("/", ".", ".lock")):
        raise CommandInvalidError(field, "must be the name of a branch")
    return name


def checked_path(text: str, field: str) -> str:
    """Return a path inside a repository."""
    path = _matched(_PATH, text, field, "a relative path")
    if path.startswith(("/", "-")) or ".." in path.split("/"):
        raise CommandInvalidError(field, "must be a relative path, without ..")
    return path


def checked_platform(text: str, field: str) -> str:
    """Return the name of a platform."""
    return _matched(_PLATFORM, text, field, "1 to 64 letters, digits, _ and -")


def unknown_jobs(archive: Archive, expid: str, names: Sequence[str]) -> list[str]:
    """Return up to three of some names that no job of an experiment has."""
    there = set(archive.experiment(expid).jobs.name.tolist())
    return [name for name in names if name not in there][:3]


def _matched(pattern: re.Pattern[str], text: str, field: str, what: str) -> str:
    if not pattern.fullmatch(text):
        raise CommandInvalidError(field, f"must be {what}")
    return text
