"""Job lists in pickles: Autosubmit 3.13 to 4.1.

Those in dictionary layout, which Autosubmit has written since 4.1.12, are read without unpickling
them (:mod:`autosubmit_core.readers.job_list.dictionary`). That leaves older ones, and whatever else
may be there. Unpickling holds Python's global lock for seconds, leaves memory in fragments, and a
hostile file can ask for any amount of either. So it is done by a program of its own,
:mod:`autosubmit_core.readers.job_list.unpickle`, with limits on both; what comes back is columns.
"""

from __future__ import annotations

import marshal
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np

from autosubmit_core.errors import SourceMissingError, SourceUnreadableError
from autosubmit_core.readers.database import open_readonly
from autosubmit_core.readers.job_list import unpickle
from autosubmit_core.readers.job_list.columns import RawColumn, job_table, named_once
from autosubmit_core.readers.job_list.dictionary import (
    UnfamiliarError,
    read_dictionary,
    unframed,
)
from autosubmit_core.readers.server_tables import ServerTables
from autosubmit_core.readers.values import text
from autosubmit_core.readers.versions import Location, file_version
from autosubmit_core.tables import JobTable
from autosubmit_core.times import epoch_of_text

__all__ = ["LARGEST_FILE", "job_list_modified", "read_job_list", "read_job_list_bytes"]

_MEGABYTE = 1 << 20

#: Larger files are not read, in bytes. 100,000 jobs make 50 to 70 MB; with their whole
#: configuration, as Autosubmit up to 4.1.11 stored it, ten times as much.
LARGEST_FILE = 1024 * _MEGABYTE

#: Up to this size a file in dictionary layout is read here, in memory of some three times its size.
LARGEST_DICTIONARY = 256 * _MEGABYTE

#: The memory that unpickling may take, in bytes: this, and so many times the size of the file.
#: Real files of all layouts need 3 to 8 times their size.
MEMORY_BASE = 256 * _MEGABYTE
MEMORY_FACTOR = 16

#: How many characters all its texts may have together: this, and so many times the size of the file.
#: A file says a long text once for a hundred thousand jobs; every answer would repeat it for each.
#: Real files have about as many characters as bytes.
CHARACTERS_BASE = _MEGABYTE
CHARACTERS_FACTOR = 8

#: The processor time that unpickling may take, in seconds: this, and so much per megabyte. Real
#: files take about 0.02 seconds per megabyte.
CPU_BASE = 5.0
CPU_PER_MEGABYTE = 0.25
#: How much longer it may take by the clock, on a machine with other things to do.
WAITING_FACTOR = 4

#: How long to wait before a file is read again that stops in the middle, in seconds.
RETRY_SECONDS = 0.2

#: What is run: the module alone, not the package around it, and as a module, which is compiled once.
_PROGRAM = """import sys
sys.path.append(sys.argv[1])
import unpickle
unpickle.main(int(sys.argv[2]), int(sys.argv[3]))
"""
_FOLDER = str(Path(unpickle.__file__).parent)


class _TruncatedError(SourceUnreadableError):
    """The file stops in the middle."""


def read_job_list(location: Location) -> JobTable:
    """Read the jobs of an experiment from a pickle, in the order of the file.

    On a server it is one value of a table.

    The layout is told by the content, for experiments keep their old one until a newer Autosubmit
    saves it. Raises :class:`SourceMissingError` if there is no file, and
    :class:`SourceUnreadableError` if it is damaged, too large or names what no job list does.
    """
    if isinstance(location, ServerTables):
        pickled = _stored(location, "pkl")
        if not isinstance(pickled, bytes):
            raise SourceUnreadableError(str(location), "holds no job list")
        return read_job_list_bytes(pickled, Path(str(location)))
    before = file_version(location)
    try:
        return _read_file(location)
    except _TruncatedError:
        # Old versions write the file in place, and network file systems show it half written.
        time.sleep(RETRY_SECONDS)
        if file_version(location) == before:
            raise
        return _read_file(location)


def job_list_modified(location: Location) -> int:
    """Return when a pickle was last written, in seconds since 1970; 0 if that is not noted.

    Raises :class:`SourceMissingError` if there is none, :class:`SourceUnreadableError` if the server
    cannot be used.
    """
    if isinstance(location, ServerTables):
        return epoch_of_text(text(_stored(location, "modified")))
    version = file_version(location)
    if not version.exists:
        raise SourceMissingError(location)
    return version.modified // 10**9


def _stored(location: ServerTables, column: str) -> object:
    """Return a value of the row that a table of pickles has for an experiment."""
    with open_readonly(location) as database:
        values = database.columns("job_pkl", [column]).get(column)
    if not values:
        raise SourceMissingError(str(location))
    return values[-1]


def read_job_list_bytes(data: bytes, source: Path) -> JobTable:
    """Read the jobs of a pickle that is no file of its own; ``source`` is for errors.

    Raises :class:`SourceUnreadableError` as :func:`read_job_list`.
    """
    with TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        return _read_open(file.fileno(), len(data), source)


def _read_file(path: Path) -> JobTable:
    with _opened(path) as (file, size):
        return _read_open(file, size, path)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[int, int]]:
    """Open a regular file; gives its descriptor and its size in bytes."""
    try:
        # Without O_NONBLOCK, opening a pipe would wait for its writer.
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SourceMissingError(path) from error
    except OSError as error:
        raise SourceUnreadableError(path, "may not be read") from error
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode):
            raise SourceUnreadableError(path, "not a file")
        yield file, found.st_size
    finally:
        os.close(file)


def _read_open(file: int, size: int, path: Path) -> JobTable:
    if size > LARGEST_FILE:
        raise SourceUnreadableError(path, f"larger than {LARGEST_FILE // _MEGABYTE} MB")
    try:
        columns = read_dictionary(unframed(file, size)) if size <= LARGEST_DICTIONARY else None
    except UnfamiliarError:
        columns = None
    if columns is None:
        columns = _unpickled(file, size, path)
    characters = sum(column.characters() for column in columns.values())
    if characters > CHARACTERS_BASE + CHARACTERS_FACTOR * size:
        raise SourceUnreadableError(path, "refused as unsafe: it repeats long texts in many jobs")
    return named_once(job_table(columns), path)


def _unpickled(file: int, size: int, path: Path) -> dict[str, RawColumn]:
    """Return the columns that the program finds in an open file."""
    memory = MEMORY_BASE + MEMORY_FACTOR * size
    seconds = round(CPU_BASE + CPU_PER_MEGABYTE * size / _MEGABYTE)
    try:
        done = subprocess.run(
            # Isolated from the environment's and the user's Python files; started in 15 ms.
            [sys.executable, "-I", "-S", "-c", _PROGRAM, _FOLDER, str(memory), str(seconds)],
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=WAITING_FACTOR * seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise SourceUnreadableError(path, _too_slow(seconds)) from error
    except OSError as error:  # the machine has no memory or no process left
        raise SourceUnreadableError(path, "the program that reads it cannot be started") from error
    if done.returncode == unpickle.TRUNCATED:
        raise _TruncatedError(path, "stops in the middle; it may be being written just now")
    if done.returncode:
        raise SourceUnreadableError(path, _reason(done, memory, seconds))
    return _columns(done.stdout)


def _reason(done: subprocess.CompletedProcess[bytes], memory: int, seconds: int) -> str:
    """Return why nothing was read, in words for a user."""
    said = done.stdout.decode("utf-8", "replace")
    if done.returncode == unpickle.REFUSED:
        return f"refused as unsafe: it {said}, which no Autosubmit job list does"
    if done.returncode == unpickle.DAMAGED:
        return f"damaged, or not a job list{said and ': '}{said}"
    if done.returncode == unpickle.TOO_LARGE:
        return f"needs more than {memory // _MEGABYTE} MB of memory to be read"
    if done.returncode == -signal.SIGXCPU:
        return _too_slow(seconds)
    return f"the program that reads it ended unexpectedly ({done.returncode})"


def _too_slow(seconds: int) -> str:
    return f"takes more than {seconds} seconds to be read"


def _columns(output: bytes) -> dict[str, RawColumn]:
    """Return what the program wrote: columns by field name."""
    return {field: _column(dumped) for field, dumped in marshal.loads(output).items()}


def _column(dumped: bytes) -> RawColumn:
    column: unpickle.Column = marshal.loads(dumped)
    values, width, codes = column
    return RawColumn(values, np.frombuffer(codes, f"u{width}") if width else None)
