"""How jobs, and lists of jobs as rows and as columns, are described."""

from __future__ import annotations

from autosubmit_core.answers.v4.fields import FIELDS, WORDS
from autosubmit_core.api.schemas import INSTANT, STATUS_NAME, listed, or_null, record, text, whole
from autosubmit_core.api.v4.base import PAGINATION

__all__ = ["CURSOR", "JOB", "JOB_COLUMNS", "LISTED_JOB", "LIST_VERSION", "NUMBERS"]

LIST_VERSION = text("9f1c0d4e5a6b7c8d", "As long as it is the same, each job has the same row.")
CURSOR = text("5f0c1d2e3a4b.7", "What to ask with next time for what has changed.")

#: A job in a list, in its short form and in its long one.
LISTED_JOB = record(
    {"name": text("a2m9_19611101_fc0_4_POST"), "status": STATUS_NAME},
    {
        "priority": whole(),
        "section": or_null(text("POST")),
        "date": or_null(text("1961-11-01")),
        "member": or_null(text("fc0")),
        "chunk": or_null(whole(4)),
        "split": or_null(whole(1)),
        "splits": or_null(whole(1)),
        **{
            name: or_null(text(""))
            for name in (
                *("out_path_local", "err_path_local", "out_path_remote", "err_path_remote"),
            )
        },
    },
)
NUMBERS = {"type": "array", "items": {"type": "integer"}}
#: A column: a number for each job, one number for all of them, or null if no job has any.
_COLUMN = {
    "anyOf": [NUMBERS, record({"const": whole(4)}), {"type": "null"}],
    "examples": [[0, 1, 2]],
}
_TABLES = {
    "type": "object",
    "properties": {name: listed(or_null(text())) for name in WORDS},
    "description": "The words that the numbers of these columns stand for.",
    "examples": [{"status": ["COMPLETED", "FAILED"], "section": ["SIM", "POST"]}],
}
#: Jobs as one array per field.
JOB_COLUMNS = record(
    {
        "list_version": LIST_VERSION,
        "cursor": CURSOR,
        "n": whole(156, "How many jobs are shown."),
        "chunk_unit": or_null(text("month")),
        "chunk_size": or_null(whole(12)),
        "tables": _TABLES,
        "columns": {
            "type": "object",
            "properties": {
                "index": {
                    "anyOf": [NUMBERS, {"type": "null"}],
                    "description": "The row of each job in the list; null for all in order.",
                    "examples": [None],
                },
                "name": listed(text("a2m9_LOCAL_SETUP")),
                **{field: _COLUMN for field in FIELDS if field != "name"},
            },
            "required": ["index"],
            "examples": [{"index": None, "name": ["a2m9_LOCAL_SETUP"], "status": [0]}],
        },
        "pagination": PAGINATION,
    }
)

#: A job with all there is to know about it.
JOB = record(
    {
        "name": text("a2m9_19611101_fc0_4_POST"),
        "status": STATUS_NAME,
        "section": or_null(text("POST")),
        "date": or_null(text("19611101")),
        "member": or_null(text("fc0")),
        "chunk": or_null(whole(4)),
        "split": or_null(whole(1)),
        "splits": or_null(whole(1)),
        "out_path_local": or_null(text("/esarchive/autosubmit/a2m9/tmp/LOG_a2m9/a2m9_INI.out")),
        "err_path_local": or_null(text("/esarchive/autosubmit/a2m9/tmp/LOG_a2m9/a2m9_INI.err")),
        "chunk_size": or_null(whole(12)),
        "chunk_unit": or_null(text("month")),
        "platform": or_null(text("MARENOSTRUM5")),
        "remote_id": or_null(whole(1_884_782)),
        "qos": or_null(text("gp_bsces")),
        "workflow_commit": or_null(text("947903ff8b58")),
        "processors": or_null(whole(768)),
        "submit": INSTANT,
        "start": INSTANT,
        "finish": INSTANT,
        "wallclock": or_null(text("04:00")),
        "last_wrapper": or_null(text("a2m9_ASThread_17128472368642_1_4")),
    }
)
