"""The one door to log files: a regular file of the named folder itself, and nothing else.

The owner of an experiment can plant links to files that the service may read, pipes that block
it, and folders. The folder may itself be reached through links, as whole experiments and their
``tmp`` lawfully are; from there on nothing is followed.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autosubmit_core.errors import SourceMissingError, SourceUnreadableError

__all__ = ["is_plain_name", "listed_logs", "open_log"]

#: Without following a link, without waiting for the other end of a pipe.
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY

#: Why a log could not be opened. An ``ELOOP`` can only come from the name itself: the folder is
#: open already.
_REFUSALS = {
    errno.ELOOP: "is a link; links are not followed",
    errno.ENXIO: "is not a regular file",
    errno.ENODEV: "is not a regular file",
    errno.EACCES: "may not be read",
    errno.EPERM: "may not be read",
}


def is_plain_name(name: str) -> bool:
    """Tell whether a text names a visible file of one folder.

    >>> is_plain_name("a003_SIM.20240112163324.out")
    True
    >>> any(map(is_plain_name, ["", "..", ".hidden", "../x", "/etc/passwd", "a\\\\b", "a\\0b"]))
    False
    """
    return name != "" and not name.startswith(".") and not any(bad in name for bad in "/\\\0")


@contextmanager
def open_log(folder: Path, name: str) -> Iterator[int]:
    """Open a log of a folder for reading; gives the file descriptor, closed at the end.

    Raises :class:`SourceMissingError` if there is no such folder or file, and
    :class:`SourceUnreadableError` if the name is no plain one, or names a link, a pipe, a device,
    a folder, or a file that its owner keeps to themselves.
    """
    path = folder / name
    if not is_plain_name(name):
        raise SourceUnreadableError(folder, "refused: not the plain name of a log")
    try:
        inside = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise _refusal(path, error) from error
    try:
        descriptor = os.open(name, _FLAGS, dir_fd=inside)
        owner = os.fstat(inside).st_uid
    except OSError as error:
        raise _refusal(path, error) from error
    except UnicodeEncodeError as error:
        raise SourceMissingError(path) from error
    finally:
        os.close(inside)
    try:
        reason = _reason_to_refuse(os.fstat(descriptor), owner)
        if reason is not None:
            raise SourceUnreadableError(path, reason)
        yield descriptor
    finally:
        os.close(descriptor)


def listed_logs(folder: Path) -> list[str]:
    """Return the names of the regular files of a folder, in no order; empty if it is not there.

    Files that :func:`open_log` would refuse for their name, or nobody could ask for, are no logs.
    Raises :class:`SourceUnreadableError` if it may not be read.
    """
    try:
        with os.scandir(folder) as entries:
            return [
                entry.name
                for entry in entries
                if _is_text(entry.name)
                and is_plain_name(entry.name)
                and entry.is_file(follow_symlinks=False)
            ]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise SourceUnreadableError(folder, "the folder of logs cannot be read") from error


def _is_text(name: str) -> bool:
    """Tell whether the bytes of a name of the file system are UTF-8."""
    return name.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in name)


def _reason_to_refuse(log: os.stat_result, owner: int) -> str | None:
    """Return why an open file is not shown, None if it may be.

    A hard link to a private file of somebody else is a regular file: so the log has to belong
    to the owner of its folder, or be readable by a group as Autosubmit writes it.
    """
    if not stat.S_ISREG(log.st_mode):
        return "is not a regular file"
    if log.st_uid != owner and not log.st_mode & (stat.S_IRGRP | stat.S_IROTH):
        return "may not be read"
    return None


def _refusal(path: Path, error: OSError) -> SourceMissingError | SourceUnreadableError:
    """Return the error of the family that a failed opening is."""
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
        return SourceMissingError(path)
    return SourceUnreadableError(path, _REFUSALS.get(error.errno or 0, "cannot be opened"))
