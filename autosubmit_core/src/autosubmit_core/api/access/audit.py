"""The record of who logged in, who was refused, and who did what (S-31).

Each record is one line of JSON in the log ``autosubmit_core.audit``. Whatever a client sent stands
in it escaped, as JSON is (S-29); no token, ticket, code or cookie does (S-15).
"""

from __future__ import annotations

import json
import logging
from datetime import datetime, timezone

__all__ = ["record"]

log = logging.getLogger("autosubmit_core.audit")

#: The most characters of a text in a record.
_LONGEST = 256
#: That of the arguments of a command: there may be thousands of names of jobs.
_LONGEST_ARGUMENTS = 65_536


def record(action: str, result: str, **facts: str) -> None:
    """Write down that something was done or refused; facts without a value are left out."""
    told = {
        "time": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        "action": action,
        "result": result,
        **{name: value[: _longest(name)] for name, value in facts.items() if value},
    }
    log.info("%s", json.dumps(told))


def _longest(name: str) -> int:
    return _LONGEST_ARGUMENTS if name == "arguments" else _LONGEST
