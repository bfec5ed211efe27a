"""The HTML that titles of jobs and folders are made of.

Clients put titles into their pages as HTML, so that every name in one is escaped. Real names have
nothing to escape.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from autosubmit_core.status import Status

__all__ = [
    "CHECK_MARK",
    "DATE_COLOURS",
    "SOURCE",
    "SYNC",
    "TARGET",
    "TEMPLATES",
    "date_title",
    "escaped",
    "folder_title",
    "job_badges",
    "plain_folder_title",
    "plain_job_badges",
    "wrapper_badge",
]


def _badge(style: str, text: str) -> str:
    return f" <span class='badge' style='{style}'>{text}</span>"


SOURCE = _badge("background-color:#80d4ff", "SOURCE")
TARGET = _badge("background-color:#99ff66", "TARGET")
SYNC = _badge("background-color:#0066ff; color:white", "SYNC")
CHECK_MARK = _badge("background-color:#4dffa6", "&#10004;")

#: The tags of folders, which clients fill in themselves when jobs change.
TEMPLATES = {
    "completed_tag": _badge("background-color:%B", " %C / %T COMPLETED"),
    "running_tag": _badge("background-color:green; color:#fff", "%R RUNNING"),
    "queuing_tag": _badge("background-color:pink", "%Q QUEUING"),
    "failed_tag": _badge("background-color:red", "%F FAILED"),
    "held_tag": _badge("background-color:#fa8072; color:#fff", "%H HELD"),
    "checkmark": CHECK_MARK,
}

_SOME_COMPLETED, _ALL_COMPLETED = "#ffffb3", "yellow"
#: Dates of which all jobs are in one of these say so, in its colour.
DATE_COLOURS = {Status.WAITING: "#aaa", Status.COMPLETED: "yellow", Status.SUSPENDED: "orange"}


def escaped(name: str) -> str:
    """Return a name as HTML.

    >>> escaped("a003_SIM"), escaped("<b>")
    ('a003_SIM', '&lt;b&gt;')
    """
    return escape(name, quote=True)


def job_badges() -> dict[Status, str]:
    """Return what follows the name of a job of each status in a tree."""
    return {
        status: f" <span class='badge' style='background-color: {status.colour};"
        f" color:{status.text_colour};'>#{status.name}</span>"
        for status in Status
    }


def plain_job_badges() -> dict[Status, str]:
    """Return the same as the quick view and the detail of a run have it."""
    return {
        status: f" <span class='badge' style='background-color: {status.colour}'>"
        f"#{status.name}</span>"
        for status in Status
    }


def wrapper_badge(wrapper: str) -> str:
    """Return the tag of a job in a wrapper."""
    return _badge("background-color:#94b8b8", f"Wrapped {escaped(wrapper)}")


def folder_title(name: str, counters: Mapping[str, int]) -> str:
    """Return the title of the folder of a member or wrapper, with how far its jobs are."""
    completed, total = counters["completed"], counters["total"]
    colour = _ALL_COMPLETED if completed == total else _SOME_COMPLETED
    tags = [_badge(f"background-color:{colour}", f" {completed} / {total} COMPLETED")]
    for status, letter in (("failed", "F"), ("running", "R"), ("queuing", "Q"), ("held", "H")):
        if counters[status]:
            template = TEMPLATES[f"{status}_tag"]
            tags.append(template.replace(f"%{letter}", str(counters[status])))
    if completed == total:
        tags.append(CHECK_MARK)
    return escaped(name) + "".join(tags)


def plain_folder_title(name: str, counters: Mapping[str, int]) -> str:
    """Return the same as the detail of a run has it: fewer tags, and slightly others."""
    completed, total = counters["completed"], counters["total"]
    colour = _ALL_COMPLETED if completed == total else _SOME_COMPLETED
    tags = [_badge(f"background-color:{colour}", f"{completed} / {total} COMPLETED")]
    if counters["failed"]:
        tags.append(_badge("background-color:red", f"{counters['failed']} FAILED"))
    if counters["running"]:
        style = "background-color:green; color:white"
        tags.append(_badge(style, f"{counters['running']} RUNNING"))
    if counters["queuing"]:
        tags.append(_badge("background-color:pink", f"{counters['queuing']} QUEUING"))
    return escaped(name) + "".join(tags)


def date_title(name: str, status: Status | None, total: int) -> str:
    """Return the title of the folder of a date; ``status`` is that of all its jobs, if it is one."""
    if status not in DATE_COLOURS:
        return escaped(name)
    tag = _badge(f"background-color:{DATE_COLOURS[status]}", f" {total} / {total} {status.name} ")
    return escaped(name) + tag
