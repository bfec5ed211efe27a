"""Instants as Autosubmit writes them, to seconds since 1970 UTC.

Everywhere in the library an instant is a whole number of seconds since 1970 UTC, and 0 means
"not known" or "not yet". Autosubmit's files mostly hold the local time of the machine it runs on
without a zone; it is read by the rule of this process's zone *at that date*.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from typing import TypeGuard

import numpy as np
import numpy.typing as npt

__all__ = [
    "LARGEST_INSTANT",
    "UNKNOWN_INSTANT",
    "epoch_of_stamp",
    "epoch_of_stamps",
    "epoch_of_text",
]

#: The instant that stands for "not known".
UNKNOWN_INSTANT = 0

#: Numbers below this (the year 5138) are seconds since 1970; 14-digit stamps are far above it.
LARGEST_INSTANT = 10**11

_NO_STAMP = "-" * 14
#: What each digit of a stamp counts.
_PLACES = 10 ** np.arange(13, -1, -1, dtype=np.int64)

_TEXT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[-T ](\d\d):(\d\d):(\d\d)(?:\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?", re.ASCII
)


def epoch_of_stamp(stamp: object) -> int:
    """Return the instant of a ``YYYYMMDDHHMMSS`` local stamp, text or number; 0 if it is none.

    Autosubmit 4.1.13 to 4.1.15 put seconds since 1970 in the same field; they are kept.

    >>> epoch_of_stamp(1743685600.7), epoch_of_stamp("start"), epoch_of_stamp(None)
    (1743685600, 0, 0)
    """
    if isinstance(stamp, bool) or stamp is None:
        return UNKNOWN_INSTANT
    if isinstance(stamp, float):
        return int(stamp) if 0 < stamp < LARGEST_INSTANT else UNKNOWN_INSTANT
    if isinstance(stamp, int):
        if 0 < stamp < LARGEST_INSTANT:
            return stamp
        stamp = str(stamp)
    if not _is_stamp(stamp):
        return UNKNOWN_INSTANT
    return _local_epoch(
        int(stamp[:4]),
        int(stamp[4:6]),
        int(stamp[6:8]),
        int(stamp[8:10]),
        int(stamp[10:12]),
        int(stamp[12:]),
    )


def epoch_of_stamps(stamps: Iterable[object]) -> npt.NDArray[np.int64]:
    """Return :func:`epoch_of_stamp` of each, (n,) int64.

    The rules of the zone are asked once an hour, so that 100,000 stamps take a few hundredths of
    a second.
    """
    values = list(stamps)
    hours, rest = np.divmod(_whole_stamps(values), 10_000)
    minutes, seconds = np.divmod(rest, 100)
    found, place = np.unique(hours, return_inverse=True)
    begins = np.array([_begin_of_hour(hour) for hour in found.tolist()], dtype=np.int64)[place]
    epochs: npt.NDArray[np.int64] = begins + 60 * minutes + seconds
    odd = (begins == UNKNOWN_INSTANT) | (minutes > 59) | (seconds > 59)
    for at in np.flatnonzero(odd).tolist():
        epochs[at] = UNKNOWN_INSTANT if values[at] is None else epoch_of_stamp(values[at])
    return epochs


def _whole_stamps(values: Sequence[object]) -> npt.NDArray[np.int64]:
    """Return each stamp of fourteen digits, text or number, as a number, (n,) int64; 0 for others."""
    texts = [str(value) if type(value) is int else value for value in values]
    stamps = [text if type(text) is str and len(text) == 14 else _NO_STAMP for text in texts]
    characters = np.frombuffer("".join(stamps).encode("ascii", "replace"), dtype=np.uint8)
    digits = characters.reshape(-1, 14) - ord("0")
    whole: npt.NDArray[np.int64] = digits.astype(np.int64) @ _PLACES
    whole[(digits > 9).any(axis=1)] = 0
    return whole


def _is_stamp(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and len(value) == 14 and value.isascii() and value.isdigit()


def _begin_of_hour(hour: int) -> int:
    """Return when an hour ``YYYYMMDDHH`` begins; 0 if clocks change within it, or there is none."""
    begin, end = epoch_of_stamp(f"{hour:010}0000"), epoch_of_stamp(f"{hour:010}5959")
    return begin if end - begin == 3599 else UNKNOWN_INSTANT


def epoch_of_text(text: str | None, *, utc: bool = False) -> int:
    """Return the instant of ``YYYY-MM-DD HH:MM:SS`` and its relatives; 0 if it is none of them.

    The middle may be a blank, ``T`` or ``-``; an offset (``+0200``, ``+02:00``, ``Z``) counts if
    there is one, else the text is local, or UTC with ``utc``.

    >>> epoch_of_text("2024-01-12T15:30:00+01:00"), epoch_of_text("2024-01-12 14:30:00", utc=True)
    (1705069800, 1705069800)
    >>> epoch_of_text("soon")
    0
    """
    match = _TEXT.fullmatch(text.strip()) if text else None
    if match is None:
        return UNKNOWN_INSTANT
    numbers, offset = [int(part) for part in match.groups()[:6]], match.group(7)
    if offset is None and not utc:
        return _local_epoch(*numbers)
    try:
        instant = datetime(*numbers, tzinfo=timezone.utc)  # type: ignore[misc,arg-type]
    except ValueError:
        return UNKNOWN_INSTANT
    shift = 0
    if offset and offset != "Z":
        shift = int(offset[1:3]) * 3600 + int(offset[-2:]) * 60
        shift = -shift if offset[0] == "-" else shift
    return int(instant.timestamp()) - shift


def _local_epoch(
    year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0
) -> int:
    """Return the instant of a local wall time, 0 for a date that does not exist."""
    try:
        return max(int(datetime(year, month, day, hour, minute, second).timestamp()), 0)
    except (ValueError, OverflowError, OSError):
        return UNKNOWN_INSTANT
