"""Secrets in configurations, which nobody is shown (S-20)."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["MASKED", "masked"]

#: What is shown instead.
MASKED = "***"

_SECRET = re.compile(r"password|secret|token|api_?key", re.IGNORECASE)


def masked(value: Any, *, below_secret: bool = False) -> Any:
    """Return a configuration without the values whose key, or that of what holds them, tells a secret.

    >>> masked({"PLATFORMS": {"MN5": {"USER": "bsc", "API_TOKENS": ["abc", ""], "PASSWORD": None}}})
    {'PLATFORMS': {'MN5': {'USER': 'bsc', 'API_TOKENS': ['***', ''], 'PASSWORD': None}}}
    """
    if isinstance(value, dict):
        return {
            key: masked(item, below_secret=below_secret or bool(_SECRET.search(str(key))))
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [masked(item, below_secret=below_secret) for item in value]
    return MASKED if below_secret and value else value
