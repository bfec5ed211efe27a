"""Processors that a section asks for, and the processing elements it occupies."""

from __future__ import annotations

import re
from typing import NamedTuple

from autosubmit_core.metrics.constants import NODE_SIZE_OF_HETEROGENEOUS_JOBS

__all__ = ["RequestedProcessors", "processing_elements", "requested_processors"]

# Nine digits are more than any machine has processors; a configuration may hold any number of them.
_INTEGER = re.compile(r"[+-]?\d{1,9}", re.ASCII)
_WHOLE_DECIMAL = re.compile(r"(\d{1,9})\.0*", re.ASCII)
_HETEROGENEOUS = re.compile(r"\d{1,9}(:\d{1,9})+", re.ASCII)
_SUM = re.compile(r"\d{1,9}(\s*\+\s*\d{1,9})+", re.ASCII)
_COUNT = re.compile(r"\d{1,9}", re.ASCII)


class RequestedProcessors(NamedTuple):
    """What ``PROCESSORS`` of a section means."""

    processors: int
    #: Whether the value was not understood, and 1 stands for it.
    doubtful: bool


def requested_processors(value: object) -> RequestedProcessors:
    """Return how many processors a ``PROCESSORS`` value asks for; 1 if it is absent.

    Absent are None, an empty text and the number 0, as in Autosubmit's own lookup. ``a:b:…`` asks
    for a heterogeneous job: each part is rounded up to whole nodes of 36. ``a+b`` is a plain sum.
    Anything that is no number of processors at all is taken as 1 and marked doubtful, so that core
    hours are not silently 0.

    >>> [requested_processors(value).processors for value in (None, 16, "16", "4:8", "73:1:36", "4+8", "4.0")]
    [1, 16, 16, 72, 180, 12, 4]
    >>> requested_processors("abc")
    RequestedProcessors(processors=1, doubtful=True)
    """
    if value is None or value == 0 or value is True:
        return RequestedProcessors(1, doubtful=value is True)
    text = str(value).strip()
    if not text:
        return RequestedProcessors(1, doubtful=False)
    if _INTEGER.fullmatch(text):
        return RequestedProcessors(int(text), doubtful=False)
    if whole := _WHOLE_DECIMAL.fullmatch(text):
        return RequestedProcessors(int(whole[1]), doubtful=False)
    if _HETEROGENEOUS.fullmatch(text):
        node = NODE_SIZE_OF_HETEROGENEOUS_JOBS
        nodes = sum(-(-int(part) // node) for part in text.split(":"))
        return RequestedProcessors(nodes * node, doubtful=False)
    if _SUM.fullmatch(text):
        return RequestedProcessors(sum(map(int, text.split("+"))), doubtful=False)
    return RequestedProcessors(1, doubtful=True)


def processing_elements(
    processors: int,
    *,
    tasks: object = None,
    nodes: object = None,
    processors_per_node: object = None,
    exclusive: object = None,
) -> int:
    """Return how many processing elements a job of a section occupies on its platform.

    ``processors`` is what :func:`requested_processors` says; the others are the values of
    ``TASKS``, ``NODES``, ``PROCESSORS_PER_NODE`` and ``EXCLUSIVE`` as they stand in the
    configuration, None where there is none. One that is no non-negative whole number counts as
    absent, and so does the number 0 (the text ``0`` does not: Autosubmit's lookup tells them
    apart). Only the boolean ``True`` makes a job exclusive.

    With ``PROCESSORS_PER_NODE`` the job takes whole nodes: as many as ``NODES`` says, else as
    many as its tasks or processors need. A job that needs part of one node and is not exclusive
    takes its processors alone. Without it the answer is ``processors``.

    >>> processing_elements(96, tasks=40, processors_per_node=48)
    144
    >>> processing_elements(20, processors_per_node=48)
    20
    >>> processing_elements(20, processors_per_node=48, exclusive=True)
    48
    >>> processing_elements(7, nodes=3)
    7
    """
    per_node = _given(processors_per_node)
    if per_node is None:
        return processors
    asked_nodes = _given(nodes)
    if asked_nodes is not None:
        return asked_nodes * per_node
    asked_tasks = _given(tasks)
    if asked_tasks:
        needed = max(-(-processors // asked_tasks), 1)
    elif 0 < per_node < processors:
        needed = -(-processors // per_node)
    else:
        needed = 1
    if needed == 1 and processors <= per_node and exclusive is not True:
        return processors
    return needed * per_node


def _given(value: object) -> int | None:
    """Return a value as a non-negative whole number; None if it is absent or not one."""
    if not value or isinstance(value, bool):
        return None
    text = str(value).strip()
    return int(text) if _COUNT.fullmatch(text) else None
