"""The log: a line for everything, as text or as JSON, whatever a client put into it (S-29)."""

from __future__ import annotations

import json
import logging
import re
from datetime import datetime, timezone
from typing import Any

from autosubmit_core.api.access.traces import TRACE

__all__ = ["FIELDS", "start_log"]

#: What a line of JSON tells about a request, where a record has it.
FIELDS = ("request_id", "user", "method", "route", "path", "status", "milliseconds")

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def start_log(log_format: str, *, debug: bool) -> None:
    """Write everything that this process logs to standard error, in one of the formats."""
    lines = logging.StreamHandler()
    lines.setFormatter(_JsonLines() if log_format == "json" else _TextLines())
    logging.basicConfig(level=logging.DEBUG if debug else logging.INFO, handlers=[lines])


class _TextLines(logging.Formatter):
    """Lines whose message is one line; a traceback follows, set in, so that none looks like a record."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        record.message = _escaped(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802
        lines = super().formatException(ei).split("\n")
        return "\n".join(f"    {_escaped(line)}" for line in lines)


class _JsonLines(logging.Formatter):
    """Objects, one in each line; JSON escapes what would break it."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, timezone.utc)
        told: dict[str, object] = {
            "time": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        told |= {name: record.__dict__[name] for name in FIELDS if record.__dict__.get(name)}
        if trace := TRACE.get():
            told |= {"trace_id": trace.trace_id, "span_id": trace.span_id}
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps(told)


def _escaped(text: str) -> str:
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
