"""A pickle without the frames around its instructions."""

from __future__ import annotations

import os

from autosubmit_core.readers.job_list.dictionary.one_state import UnfamiliarError

__all__ = ["PADDING", "unframed"]

#: So many zeros follow the instructions, so that nobody looks beyond: no instruction of a job list
#: is longer, but for long texts.
PADDING = 512

#: Protocol 4 or 5, and then frames: how many bytes each has, and these.
_BEGINS = (b"\x80\x04\x95", b"\x80\x05\x95")
_FRAME = b"\x95"
_HEADER = len(_FRAME) + 8


def unframed(file: int, size: int) -> bytearray:
    """Return the instructions of the pickle in an open file of some size, and :data:`PADDING` zeros.

    Raises :class:`UnfamiliarError` if they are not all in frames, or the file stops in the middle.
    """
    if os.pread(file, len(_BEGINS[0]), 0) not in _BEGINS:
        raise UnfamiliarError
    data = bytearray(size + PADDING)
    filled, at = 0, len(_BEGINS[0]) - len(_FRAME)
    while at < size:
        header = os.pread(file, _HEADER, at)
        length = int.from_bytes(header[len(_FRAME) :], "little")
        at += _HEADER
        if header[:1] != _FRAME or at + length > size:
            raise UnfamiliarError
        data[filled : filled + length] = os.pread(file, length, at)
        filled, at = filled + length, at + length
    # Less than was asked for comes of a file that is being replaced.
    if len(data) != size + PADDING:
        raise UnfamiliarError
    del data[filled + PADDING :]
    return data
