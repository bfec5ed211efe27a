"""Of which trace a request is a part, as W3C Trace Context has it: ``traceparent``.

Whoever asks may tell it. It is in the records of the log, and passed on to those whom we ask for the
request's sake: the login providers. A trace that nobody began is not begun here.
"""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar
from dataclasses import dataclass

__all__ = ["TRACE", "Trace", "read_trace"]

#: Version, trace, caller, flags. Of a later version there may be more, which means nothing here.
_TRACEPARENT = re.compile(r"(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace, and this request in it."""

    trace_id: str
    #: The number of this request.
    span_id: str
    flags: str

    def traceparent(self) -> str:
        """Return what those are told who are asked for the sake of this request."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


#: The trace of the request that is under way.
TRACE: ContextVar[Trace | None] = ContextVar("trace", default=None)


def read_trace(traceparent: str) -> Trace | None:
    """Return the trace that a caller tells, with a number for this request; None if it tells none.

    >>> read_trace("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").trace_id
    '4bf92f3577b34da6a3ce929d0e0e4736'
    >>> read_trace("00-" + "0" * 32 + "-00f067aa0ba902b7-01")
    """
    found = _TRACEPARENT.fullmatch(traceparent)
    if not found or (found[1] == "00" and found[5]):
        return None
    if not (found[2].strip("0") and found[3].strip("0")):
        return None
    # The flag that we know: whether the caller records it.
    return Trace(found[2], secrets.token_hex(8), f"{int(found[4], 16) & 1:02x}")
