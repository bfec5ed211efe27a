"""Which experiments a search finds: the filters that both generations of searches share."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from autosubmit_core.names import EXPERIMENT_TYPES, experiment_type, whole_filter
from autosubmit_core.tables import BoolColumn, ExperimentTable, TextColumn

__all__ = ["holding_text", "of_type", "whole_matches"]


def holding_text(known: ExperimentTable, text: str) -> BoolColumn:
    """Tell which experiments have a text anywhere in name, description or owner, without case."""
    wanted = text.lower()
    return _mask(
        wanted in name.lower() or wanted in description.lower() or wanted in (user or "").lower()
        for name, description, user in zip(known.name, known.description, known.user)
    )


def whole_matches(values: TextColumn, pattern: str) -> BoolColumn:
    """Tell which texts match a :func:`~autosubmit_core.names.whole_filter`.

    One that is not known matches nothing, not even a negated filter.
    """
    matches = whole_filter(pattern)
    return _mask(value is not None and matches(value) for value in values)


def of_type(known: ExperimentTable, kind: str) -> BoolColumn:
    """Tell which experiments are of a type; all of them for a word that is none."""
    if kind not in EXPERIMENT_TYPES:
        return np.ones(len(known), dtype=np.bool_)
    return _mask(experiment_type(name) == kind for name in known.name)


def _mask(found: Iterable[bool]) -> BoolColumn:
    return np.array(list(found), dtype=np.bool_)
