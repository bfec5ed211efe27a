"""How statuses are shown: each has a picture of its own, and an order of what matters most."""

from __future__ import annotations

from autosubmit_core import Status

__all__ = ["ICONS", "SHOWN_ORDER", "TEXTURES"]

#: In bars and lists: what is done, what goes on, what waits, what went wrong.
SHOWN_ORDER = (
    Status.COMPLETED,
    Status.SKIPPED,
    Status.RUNNING,
    Status.QUEUING,
    Status.SUBMITTED,
    Status.PREPARED,
    Status.HELD,
    Status.READY,
    Status.DELAYED,
    Status.SUSPENDED,
    Status.FAILED,
    Status.UNKNOWN,
    Status.WAITING,
)

#: The texture of each in bars, so that these say without colours what is done, goes on, waits, or went wrong.
TEXTURES = {
    **dict.fromkeys((Status.COMPLETED, Status.SKIPPED), ""),
    **dict.fromkeys((Status.RUNNING, Status.QUEUING, Status.SUBMITTED), "upright"),
    **dict.fromkeys(
        (Status.PREPARED, Status.HELD, Status.READY, Status.DELAYED, Status.WAITING), "dotted"
    ),
    **dict.fromkeys((Status.SUSPENDED, Status.FAILED, Status.UNKNOWN), "slanted"),
}

#: The path of each picture in a box of 16 by 16, drawn as a line.
ICONS = {
    Status.COMPLETED: "M3 8.5l3.2 3.2L13 4.8",
    Status.SKIPPED: "M3 4l5 4-5 4zM8 4l5 4-5 4z",
    Status.RUNNING: "M4.5 3l8 5-8 5z",
    Status.QUEUING: "M3 4.5h10M3 8h10M3 11.5h6",
    Status.SUBMITTED: "M8 13V3.5M4 7.2L8 3l4 4.2",
    Status.PREPARED: "M3 8a5 5 0 1 0 10 0a5 5 0 1 0-10 0M8 8h.01",
    Status.HELD: "M5.5 3.5v9M10.5 3.5v9",
    Status.READY: "M8 3l5 5-5 5-5-5z",
    Status.DELAYED: "M8 4.5V8l2.4 1.8M3 8a5 5 0 1 0 10 0a5 5 0 1 0-10 0",
    Status.SUSPENDED: "M4 4h8v8H4z",
    Status.FAILED: "M4 4l8 8M12 4l-8 8",
    Status.UNKNOWN: "M5.8 6a2.3 2.3 0 1 1 3.2 2.1c-.7.4-1 .8-1 1.6M8 12.6h.01",
    Status.WAITING: "M3.2 8h.01M8 8h.01M12.8 8h.01",
}
