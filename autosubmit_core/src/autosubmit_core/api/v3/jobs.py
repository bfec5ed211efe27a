"""How the jobs of trees, graphs and runs are described, and their folders."""

from __future__ import annotations

from autosubmit_core.api.schemas import (
    INSTANT,
    STATUS_CODE,
    STATUS_COLOUR,
    STATUS_NAME,
    Schema,
    boolean,
    constant,
    example_of,
    listed,
    mapping,
    number,
    or_null,
    record,
    text,
    whole,
)

__all__ = [
    "CHUNKS",
    "JOB",
    "LOGS",
    "NAME",
    "NAMES",
    "PACKAGES",
    "POLLED_JOB",
    "REFERENCE",
    "SHAPE",
    "SPEEDS",
    "STATUS",
    "TIMES",
    "TREE",
    "TREE_NODE",
]

Schemas = dict[str, Schema]

NAME = text("a2m9_19611101_fc0_1_SIM")
NAMES = listed(NAME)
STATUS: Schemas = {
    "status": STATUS_NAME,
    "status_code": STATUS_CODE,
    "status_color": STATUS_COLOUR,
}
LOGS: Schemas = {
    "out": or_null(text("/esarchive/autosubmit/a2m9/tmp/LOG_a2m9/a2m9_19611101_fc0_1_SIM.out")),
    "err": or_null(text("/esarchive/autosubmit/a2m9/tmp/LOG_a2m9/a2m9_19611101_fc0_1_SIM.err")),
}
TIMES: Schemas = {
    "minutes_queue": whole(612, "Seconds, whatever the name says."),
    "minutes": whole(7509, "Seconds, whatever the name says."),
    "submit": INSTANT,
    "start": INSTANT,
    "finish": INSTANT,
    "workflow_commit": or_null(text("947903ff8b58")),
    **LOGS,
}
SPEEDS: Schemas = {
    "SYPD": or_null(number(11.5, "Simulated years per day.")),
    "ASYPD": or_null(number(10.6, "The same with queues and postprocessing.")),
}
CHUNKS: Schemas = {
    "chunk_unit": or_null(text("month")),
    "chunk_size": or_null(whole(12)),
}

#: What tree and graph both say of a job.
JOB: Schemas = {
    "id": NAME,
    "internal_id": NAME,
    "label": NAME,
    **STATUS,
    "member": or_null(text("fc0")),
    "section": or_null(text("SIM")),
    "chunk": or_null(whole(1)),
    "split": or_null(whole(1)),
    "splits": or_null(whole(1)),
    **CHUNKS,
    "date": or_null(text("1961 11 01", "The first day of the chunk.")),
    "date_plus": or_null(text("1962 11 01", "The first day after the chunk.")),
    "platform_name": or_null(text("MARENOSTRUM5")),
    "queue": or_null(text("gp_bsces")),
    "processors": whole(768),
    "wallclock": or_null(text("04:00")),
    **TIMES,
    **SPEEDS,
    "wrapper": or_null(text("a2m9_ASThread_17128472368642_1_4")),
    "rm_id": whole(1_884_782, "Its number in the scheduler; 0 for none."),
    "custom_directives": {"type": "null"},
    "children": whole(1),
    "children_list": NAMES,
    "parents": whole(1),
    "parent_list": NAMES,
}

#: How a job is drawn.
SHAPE: Schemas = {
    "dashed": boolean(),
    "shape": text("dot"),
    "package": or_null(text("a2m9_ASThread_17128472368642_1_4")),
}

#: What may change of a job while clients poll.
POLLED_JOB: Schemas = {
    "name": NAME,
    "rm_id": whole(1_884_782, "Its number in the scheduler; 0 for none."),
    "priority": whole(),
    **STATUS,
    **TIMES,
    "SYPD": SPEEDS["SYPD"],
    "running_text": text("( 0:10:12 ) + 2:05:09"),
}

_FOLDER_COUNTERS = record(
    {name: whole() for name in ("completed", "running", "queuing", "failed", "held", "total")}
)
_LEAF = {
    "title": text("a2m9_LOCAL_SETUP", "HTML."),
    "refKey": text("a2m9_LOCAL_SETUP", "The name of the job, or of the folder."),
    "data": {"anyOf": [constant("Empty"), _FOLDER_COUNTERS]},
    "children": {
        "type": "array",
        "items": {"$ref": "#/components/schemas/TreeNode"},
        "examples": [[]],
    },
}
_FOLDER = {"folder": boolean(True), "expanded": boolean()}

#: What a tree is made of; it holds others of its kind.
TREE_NODE = record(_LEAF, _FOLDER)

TREE: Schema = {
    "type": "array",
    "items": {"$ref": "#/components/schemas/TreeNode"},
    "examples": [[example_of(TREE_NODE)]],
}

#: Templates of tags by name, counters by folder, and the wrappers.
REFERENCE = {
    "type": "object",
    "properties": {
        **{
            f"{name}_tag": text(f"%{name}", "HTML with places for numbers.")
            for name in ("completed", "running", "queuing", "failed", "held")
        },
        "checkmark": text("&#10004;"),
        "check_mark": text("&#10004;"),
        "packages": listed({"type": ["string", "integer"], "examples": ["a2m9_1"]}),
        **CHUNKS,
    },
    "additionalProperties": _FOLDER_COUNTERS,
    "examples": [{"packages": [], "chunk_unit": "month", "chunk_size": 12}],
}

PACKAGES = mapping(NAMES, "The jobs of each wrapper.", example="a2m9_ASThread_17128472368642_1_4")
