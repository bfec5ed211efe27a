"""The files ``tmp/<job>_TOTAL_STATS``: a line per attempt with its submit, start, finish and end.

Instants are local times of 14 digits. Lines are read as real writers leave them: a line grows while
its job runs; Autosubmit 4.1.10 writes one with only the submission before each complete one, and
runs two attempts together on one line after a retrial; since 4.1.17 words of a template stay where
a writer was interrupted.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from autosubmit_core.errors import SourceUnreadableError
from autosubmit_core.readers.versions import FileVersion, file_version
from autosubmit_core.status import status_codes
from autosubmit_core.tables import AttemptTable
from autosubmit_core.times import epoch_of_stamps

__all__ = ["attempts_versions", "read_attempts"]

_SUFFIX = "_TOTAL_STATS"
#: How much of a file is read, in bytes: its end, which holds the newest of thousands of attempts.
_MOST_BYTES = 1 << 18
#: How much is read of all files together, in bytes and in lines: 100,000 jobs of three attempts have
#: 20 MB. One large file can be linked under the names of all jobs.
_MOST_TOGETHER = 1 << 27
_MOST_LINES = 1_000_000
#: From how many jobs on the folder is listed first: most jobs of a large experiment have no file.
_MANY = 32

#: The longest name that a file can have, in bytes.
_LONGEST_NAME = 255
#: What opening answers for a link (two spellings) and for a socket.
_NO_PLAIN_FILE = (errno.ELOOP, errno.EMLINK, errno.ENXIO)


class _Line(NamedTuple):
    """What is kept of a line: how many fields it has, and its first four."""

    fields: int
    #: Empty texts stand for those that are not there.
    first: tuple[str, ...]


def attempts_versions(folder: Path, names: Sequence[str]) -> tuple[FileVersion, ...]:
    """Return the versions of the files of some jobs, and of the folder, in which others may appear.

    Raises as :func:`read_attempts`.
    """
    with _opened_folder(folder) as directory:
        there = () if directory is None else [name for _, name in _existing(directory, names)]
        return (file_version(folder), *(file_version(folder / name) for name in there))


def read_attempts(folder: Path, names: Sequence[str]) -> AttemptTable:
    """Read the attempts of some jobs; ``folder`` is the experiment's ``tmp``.

    A job without a file has no rows, nor has one whose name is no file name or whose file is a link,
    which Autosubmit never makes. Empty lines are no rows.

    Raises :class:`SourceUnreadableError` for a folder or a file that may not be read.
    """
    jobs: list[int] = []
    lines: list[_Line] = []
    room = _MOST_TOGETHER
    with _opened_folder(folder) as directory:
        if directory is None:
            return AttemptTable.empty()
        for job, name in _existing(directory, names):
            content = _content(folder, directory, name)
            attempts = _lines(content)
            jobs += [job] * len(attempts)
            lines += attempts
            room -= len(content)
            if room < 0 or len(lines) > _MOST_LINES:
                raise SourceUnreadableError(folder, "the TOTAL_STATS files are too large together")
    return _table(jobs, lines)


def _table(jobs: list[int], lines: list[_Line]) -> AttemptTable:
    """Return the table of lines."""
    fields = np.array([min(line.fields, 127) for line in lines], dtype=np.int64)
    submit, start, finish = (
        epoch_of_stamps(line.first[field] for line in lines) for field in range(3)
    )
    readable = (submit > 0) & ((start > 0) | (fields < 2)) & ((finish > 0) | (fields < 3))
    outcomes = [line.first[3] for line in lines]
    return AttemptTable.of(
        len(jobs),
        job=jobs,
        submit=submit,
        start=start,
        finish=finish,
        fields=fields,
        outcome=status_codes(outcomes),
        # Autosubmit's own rule: what has the length of a stamp is one.
        has_outcome=[len(outcome) not in (0, 14) for outcome in outcomes],
        readable=readable,
    )


@contextmanager
def _opened_folder(folder: Path) -> Iterator[int | None]:
    """Open a folder, so that names are looked up in it and nowhere else; None if there is none."""
    try:
        directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        yield None
        return
    except OSError as error:
        raise SourceUnreadableError(folder, "may not be read") from error
    try:
        yield directory
    finally:
        os.close(directory)


def _existing(directory: int, names: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield the position of each job that seems to have a file, and the name of the file."""
    # Over a network, a listing is far cheaper than a question per job.
    listed = set(os.listdir(directory)) if len(names) >= _MANY else None
    for job, name in enumerate(names):
        file = f"{name}{_SUFFIX}"
        if _is_file_name(file) and (listed is None or file in listed):
            yield job, file


def _is_file_name(text: str) -> bool:
    """Tell whether a text may be the name of a file in a folder, and of nothing outside it."""
    # What cannot be printed holds NUL, or half a character.
    return text.isprintable() and "/" not in text and len(text.encode()) <= _LONGEST_NAME


def _lines(content: str) -> list[_Line]:
    """Return the lines that have any fields."""
    split = filter(None, map(str.split, content.split("\n")))
    return [_Line(len(fields), (*fields, "", "", "")[:4]) for fields in split]


def _content(folder: Path, directory: int, name: str) -> str:
    """Return the end of a file, in whole lines; nothing if it is no plain file."""
    try:
        file = os.open(
            name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=directory
        )
    except FileNotFoundError:
        return ""
    except OSError as error:
        if error.errno in _NO_PLAIN_FILE:
            return ""
        raise SourceUnreadableError(folder / name, "may not be read") from error
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode):
            return ""
        skipped = max(found.st_size - _MOST_BYTES, 0)
        content = os.pread(file, _MOST_BYTES, skipped).decode("ascii", "replace")
    finally:
        os.close(file)
    return content.partition("\n")[2] if skipped else content
