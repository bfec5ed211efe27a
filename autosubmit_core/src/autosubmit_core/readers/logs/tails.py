"""The last lines of a log."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from autosubmit_core.errors import SourceMissingError, SourceUnreadableError
from autosubmit_core.readers.logs.archives import Compression, compression_of, unpacked_end
from autosubmit_core.readers.logs.job_logs import is_job_log_name
from autosubmit_core.readers.logs.opening import is_plain_name, open_log

__all__ = ["LINES", "LogTail", "job_log_tail", "tail"]

#: How many lines are asked for, if nothing else is said.
LINES = 150
#: The most that is kept of one line, and of all of them: bytes of UTF-8.
LINE_BYTES = 64 * 2**10
TAIL_BYTES = 2 * 2**20

#: How much of a plain log is read at a time, from its end.
_BLOCK_BYTES = 64 * 2**10

_LINES_CUT = "Very long lines are cut: only their ends are shown."
_LINES_LEFT_OUT = "The last lines are very long: fewer of them are shown."


@dataclass(frozen=True, slots=True)
class LogTail:
    """The last lines of a log, oldest first, and what is known about the file."""

    #: The lines, without line ends; bytes that are not UTF-8 are replacement characters.
    lines: tuple[str, ...]
    #: Why something is missing that was asked for, in words for a user; None if nothing is.
    note: str | None
    #: Size of the file as it lies on disk, in bytes.
    size: int
    #: When the file last changed, in seconds since 1970.
    modified: int
    #: How the file is packed.
    compression: Compression

    @property
    def complete(self) -> bool:
        """Whether these are the log's last lines, each of them whole."""
        return self.note is None


def job_log_tail(folder: Path, name: str, lines: int = LINES) -> LogTail:
    """Return the last lines of a job's log whose name somebody asked for.

    Raises :class:`SourceMissingError` for a name that no log of a job has, and what :func:`tail`
    raises.
    """
    if is_plain_name(name) and not is_job_log_name(name):
        raise SourceMissingError(folder / name, "not the name of a job's log")
    return tail(folder, name, lines)


def tail(folder: Path, name: str, lines: int = LINES) -> LogTail:
    """Return the last lines of a log of a folder.

    A line ends at a line feed, and a carriage return before it is dropped. Blanks at the end of
    the lines of a packed log are dropped too, which answers have always done. Raises
    :class:`SourceMissingError` and :class:`SourceUnreadableError` as
    :func:`~autosubmit_core.readers.logs.open_log` does.
    """
    if lines < 1:
        raise ValueError("a tail has at least one line")
    with open_log(folder, name) as descriptor:
        try:
            found = os.fstat(descriptor)
            kind = compression_of(os.pread(descriptor, 6, 0))
            if kind == "none":
                end, whole = _plain_end(descriptor, found.st_size, lines)
                note = None
            else:
                end, whole, note = unpacked_end(descriptor, kind, TAIL_BYTES)
        except OSError as error:
            raise SourceUnreadableError(folder / name, "cannot be read") from error
    shown, cut = _last_lines(end, whole, lines)
    if kind != "none":
        shown = [line.rstrip() for line in shown]
    shown, left_out = _within_limit(shown)
    notes = [note, _LINES_CUT if cut else None, _LINES_LEFT_OUT if left_out else None]
    return LogTail(
        lines=tuple(shown),
        note=" ".join(sentence for sentence in notes if sentence) or None,
        size=found.st_size,
        modified=int(found.st_mtime),
        compression=kind,
    )


def _plain_end(descriptor: int, size: int, lines: int) -> tuple[bytes, bool]:
    """Return enough of the end of a plain file for so many lines, and whether it is all of it.

    One line feed more than lines is wanted: only then is the first line surely whole.
    """
    blocks: list[bytes] = []
    start, held, feeds = size, 0, 0
    while start > 0 and held < TAIL_BYTES and feeds <= lines:
        length = min(_BLOCK_BYTES, start, TAIL_BYTES - held)
        start -= length
        block = os.pread(descriptor, length, start)
        blocks.append(block)
        held += length
        feeds += block.count(b"\n")
    return b"".join(reversed(blocks)), start == 0


def _last_lines(end: bytes, whole: bool, lines: int) -> tuple[list[str], bool]:
    """Return the last lines of a text, and whether some of them lack their beginning.

    ``whole`` tells that the text begins where the log does.
    """
    if not end:
        return [], False
    pieces = end.removesuffix(b"\n").rsplit(b"\n", lines)
    cut = not whole and len(pieces) <= lines
    shown = []
    for piece in pieces[-lines:]:
        line = piece.removesuffix(b"\r")
        if len(line) > LINE_BYTES:
            line, cut = _without_broken_character(line[-LINE_BYTES:]), True
        shown.append(line.decode("utf-8", "replace"))
    return shown, cut


def _without_broken_character(text: bytes) -> bytes:
    """Drop the rest of a character that a cut went through: up to three continuation bytes."""
    start = 0
    while start < min(3, len(text)) and text[start] & 0xC0 == 0x80:
        start += 1
    return text[start:]


def _within_limit(lines: list[str]) -> tuple[list[str], bool]:
    """Return the last of the lines that fit :data:`TAIL_BYTES`, and whether some did not.

    A replacement character takes three bytes where the log had one.
    """
    room = TAIL_BYTES
    for index in range(len(lines) - 1, -1, -1):
        room -= len(lines[index].encode())
        if room < 0:
            return lines[index + 1 :], True
    return lines, False
