"""Secrets in configurations, which nobody is shown (S-20)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["MASKED", "masked"]

#: What is shown instead.
MASKED = "***"

#: Settings that hold secrets, by their names or by those of the groups that they are in.
_SECRET = re.compile(r"PASSW|SECRET|TOKEN|CREDENTIAL|API_?KEY|CONN_URL", re.IGNORECASE)
#: What the published answers show as empty instead: the URL of a database server, with its password.
_BLANK = "DATABASE_CONN_URL"
#: Who comes in by a URL: ``https://name:password@host``, also where the password holds an ``@``.
_USER_OF_URL = re.compile(r"(?<=://)[^/\s\"']+@")


def masked(value: Any, *, below_secret: bool = False) -> Any:
    """Return a configuration without the values whose key, or that of what holds them, tells a secret.

    Who comes in by a URL is left out of any text.

    >>> masked({"PLATFORMS": {"MN5": {"USER": "bsc", "API_TOKENS": ["abc", ""], "PASSWORD": None}}})
    {'PLATFORMS': {'MN5': {'USER': 'bsc', 'API_TOKENS': ['***', ''], 'PASSWORD': None}}}
    >>> masked({"PROJECT_ORIGIN": "https://me:key@host/model.git"})
    {'PROJECT_ORIGIN': 'https://***@host/model.git'}
    """
    if isinstance(value, Mapping):
        return {
            key: ""
            if key == _BLANK
            else masked(item, below_secret=below_secret or bool(_SECRET.search(str(key))))
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [masked(item, below_secret=below_secret) for item in value]
    if below_secret and value:
        return MASKED
    return _USER_OF_URL.sub(f"{MASKED}@", value) if isinstance(value, str) else value
