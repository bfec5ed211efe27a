"""What of a YAML dictionary JSON can say."""

from __future__ import annotations

import datetime
import math
from typing import Any

from autosubmit_core.readers.configuration.yaml_scalars import TaggedText

__all__ = ["json_values", "plain_values"]


def plain_values(value: Any) -> Any:
    """Return a copy of JSON values and dates: tags lost, sets, bytes and non-numbers None.

    >>> plain_values({"A": {"x"}, "B": [b"y", float("nan")], "C": TaggedText("z")})
    {'A': None, 'B': [None, None], 'C': 'z'}
    """
    if isinstance(value, dict):
        return {key: plain_values(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain_values(item) for item in value]
    if isinstance(value, TaggedText):
        return value.text
    if isinstance(value, (set, bytes)) or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value


def json_values(value: Any) -> Any:
    """Return a copy of plain values in which dates, which JSON does not have, are None."""
    if isinstance(value, dict):
        return {key: json_values(item) for key, item in value.items()}
    if isinstance(value, list):
        return [json_values(item) for item in value]
    return None if isinstance(value, datetime.date) else value
