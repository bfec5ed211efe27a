"""How the bodies and answers of commands are described."""

from __future__ import annotations

from collections.abc import Mapping

from autosubmit_core.api.schemas import (
    INSTANT,
    Schema,
    boolean,
    listed,
    mapping,
    or_null,
    record,
    text,
    whole,
)
from autosubmit_core.runners.rules import FINAL_STATUSES

__all__ = [
    "COMMAND",
    "COMMAND_REFUSALS",
    "CREATE",
    "ID",
    "JOB_LIST",
    "MESSAGE",
    "OUTPUT",
    "PREVIEW",
    "PREVIEW_BODY",
    "RUN_STATUS",
    "SET_STATUS",
    "command_body",
]

_COMMAND_ID = text(
    "0123456789abcdef0123456789abcdef",
    "The name under which the output of the command is found; a client may choose one, to follow it.",
)
ID = {"command_id": _COMMAND_ID}
MESSAGE = record({"message": text("It is done.", "A sentence.")})

COMMAND_REFUSALS: Mapping[int, str] = {
    400: "There is no description.",
    404: "There is no such experiment.",
    409: "The experiment runs already.",
    413: "The body is larger than --body-limit.",
    415: "The body is not announced as JSON, or is packed.",
    422: "A value is wrong: each is named.",
    429: "This user, or this address, asked for too many commands within a minute.",
    500: "The command was not run, or failed: the sentence says why.",
    503: "Too many commands begin at the moment, or the installation cannot be read.",
}

_TEXT = or_null(text(""))
CREATE = record(
    {"description": text("A test of the new ocean")},
    {
        "git_repo": _TEXT,
        "git_branch": _TEXT,
        "config_path": _TEXT,
        "hpc": _TEXT,
        "copy": or_null(text("a2m9", "An experiment to copy.")),
        "minimal": boolean(),
        "use_local_minimal": boolean(),
        "operational": boolean(),
        "testcase": boolean(),
    },
)
SET_STATUS = record(
    {
        "final_status": text(
            "READY",
            f"What Autosubmit sets, mostly {', '.join(FINAL_STATUSES)}: a refusal lists it.",
        ),
        "job_names_list": or_null(listed(text("a2m9_19611101_fc0_4_POST"))),
    },
    {
        "filter_chunks": _TEXT,
        "filter_status": _TEXT,
        "filter_type": _TEXT,
        "filter_type_chunk": _TEXT,
        "filter_type_chunk_split": _TEXT,
        "check_wrapper": boolean(),
        "update_version": boolean(),
    },
)
JOB_LIST = record({}, {"check_wrapper": boolean(), "update_version": boolean(), "force": boolean()})
RUN_STATUS = record(
    {
        "expid": text("a2m9"),
        "runner_id": or_null(whole(1)),
        "runner": or_null(text("LOCAL")),
        "module_loader": or_null(text("VENV")),
        "modules": or_null(text("/opt/autosubmit", "One a line.")),
        "status": or_null(text("ACTIVE", "ACTIVE, COMPLETED or TERMINATED.")),
        "pid": or_null(whole(4711)),
        "created": INSTANT,
        "modified": INSTANT,
        "command_id": or_null(_COMMAND_ID),
    }
)
COMMAND = {
    "command_id": _COMMAND_ID,
    "action": text("set-job-status"),
    "expid": or_null(text("a2m9")),
    "user": text("cas:ahill", "Who asked for it; empty for nobody in particular."),
    "profile": text("local"),
    "created": INSTANT,
    "ended": INSTANT,
    "result": or_null(text("done", "done, an exit status, or a word; null while it goes on.")),
    "reason": or_null(text("No such job.", "Why it failed, in a sentence, where that is known.")),
    "exit_status": or_null(whole(0, "What Autosubmit ended with.")),
    "arguments": or_null(
        text("create -np -- a2m9", "What Autosubmit was told, a command a line; cut if very long.")
    ),
}
OUTPUT = record(
    {
        **COMMAND,
        "output": text("[INFO] Preparing", "What it printed from there on, without colours."),
        "next": whole(17, "What the next question asks after."),
    }
)


def command_body(
    needed: Mapping[str, Schema],
    optional: Mapping[str, Schema] | None = None,
    about: Mapping[str, Schema] | None = None,
) -> Schema:
    """Describe the body of a command with a profile; ``about`` is the experiment, if there is one."""
    experiment = {"expid": text("a2m9")} if about is None else about
    return record(
        {**experiment, "profile_name": text("local"), **needed},
        {
            "profile_params": mapping({}, "What the profile leaves out."),
            **(optional or {}),
            "command_id": or_null(_COMMAND_ID),
        },
    )


PREVIEW_BODY = command_body(
    {},
    {
        "command_params": mapping({}, "What the command takes."),
        "description": text("A test of the new ocean"),
    },
)
_STATUSES = mapping(whole(3), "Jobs by their status.", example="FAILED")
PREVIEW = record(
    {
        "action": text("set-job-status"),
        "expid": or_null(text("a2m9")),
        "lines": listed(
            text("autosubmit setstatus … -- a2m9", "What one would type."),
        ),
        "arguments": listed(
            listed(text("/opt/autosubmit/bin/autosubmit")),
            "What is run instead, of each line; none for a stop, which is a signal to the process.",
        ),
        "profile": text("local"),
        "runner": text("LOCAL", "LOCAL or SSH."),
        "module_loader": text("VENV"),
        "modules": listed(text("/opt/autosubmit")),
        "host": or_null(text("hub.example.org", "Where it runs; null for the server's machine.")),
        "port": or_null(whole(22)),
        "account": or_null(text("bsc32101", "As whom, on another machine.")),
        "jobs": or_null(
            record(
                {
                    "chosen": whole(3, "How many jobs are changed."),
                    "chosen_by_status": _STATUSES,
                    "downstream": whole(
                        12, "How many others wait for any of them, directly or not."
                    ),
                    "downstream_by_status": _STATUSES,
                }
            )
        ),
        "reason": or_null(text("Only its owner may do this to experiment a2m9.", "Why not now.")),
    }
)
