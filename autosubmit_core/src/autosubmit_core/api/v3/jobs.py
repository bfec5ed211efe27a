"""How the jobs of trees, graphs and runs are described."""

from __future__ import annotations

from autosubmit_core.api.schemas import (
    INSTANT,
    STATUS_CODE,
    STATUS_COLOUR,
    STATUS_NAME,
    Schema,
    boolean,
    listed,
    number,
    or_null,
    text,
    whole,
)

__all__ = ["CHUNKS", "JOB", "LOGS", "NAMES", "POLLED_JOB", "SHAPE", "SPEEDS", "STATUS", "TIMES"]

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
