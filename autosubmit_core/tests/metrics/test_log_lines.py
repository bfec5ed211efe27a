"""The line that explains a failure is found among all that its death says."""

from __future__ import annotations

import time

import pytest

from autosubmit_core.demo.last_words import LAST_WORDS, last_words
from autosubmit_core.metrics.log_lines import explanation, template


def explaining(*lines: str) -> tuple[int, str]:
    found = explanation(lines)
    assert found is not None
    return found.rank, found.line


#: The template of the line that explains each of the demo's last words, in their order.
TEMPLATES = (
    "stp_ctl: the zonal velocity is larger than <n> m/s",
    "slurmstepd: error: *** STEP <n> ON <name> CANCELLED AT <date> DUE TO TIME LIMIT ***",
    "forrtl: severe (<n>): SIGSEGV, segmentation fault occurred",
    "mkdir: cannot create directory '<path>': Disk quota exceeded",
    "FileNotFoundError: [Errno <n>] No such file or directory: '<path>'",
    "Fatal error in PMPI_Waitall: See the MPI_ERROR field in MPI_Status for the error code, rank <n>",
    "srun: error: <name>: task <n>: Out Of Memory",
    "<path>: line <n>: restart_date: unbound variable",
    "*EE* cannot find <name> to begin at <date>",
)


@pytest.mark.parametrize("which", range(len(LAST_WORDS)))
def test_every_way_to_fail_in_the_demo_is_told_by_one_template(which: int) -> None:
    numbers = [which + len(LAST_WORDS) * k for k in (1, 700, 1_854_321)]
    ends = [last_words(f"a2m9_fc{k}_SIM", k, f"2026-01-{k % 28 + 1:02}") for k in numbers]
    found = [explaining(*end, "exit status 1 at 20260112151200") for end in ends]
    assert {(rank, template(line)) for rank, line in found} == {(0, TEMPLATES[which])}


def test_a_cause_counts_before_errors_and_these_before_consequences() -> None:
    cause, error = "x.nc: Permission denied", "ERROR: the step failed"
    after = "srun: error: gs05: task 0: Exited with exit code 1"
    assert explaining(cause, error, after) == (0, cause)
    assert explaining(error, after, "done") == (1, error)
    assert explaining(after, "goodbye") == (2, after)
    assert explaining("hello", "goodbye") == (3, "goodbye")


def test_of_equals_the_last_counts() -> None:
    # rm complains of what was not there, and the script goes on.
    fatal = "cp: cannot stat 'b': No such file or directory"
    assert explaining("rm: a: No such file or directory", "going on", fatal) == (0, fatal)


def test_the_last_line_of_a_traceback_is_the_cause() -> None:
    lines = (
        "Traceback (most recent call last):",
        '  File "post.py", line 3, in <module>',
        "    raise StrangeThing('no months')",
        "tools.fields.StrangeThing: no months",
        "srun: error: gs05: task 0: Exited with exit code 1",
    )
    assert explaining(*lines) == (0, "tools.fields.StrangeThing: no months")


def test_what_is_no_error_is_not_taken_for_one() -> None:
    lines = ("Finished with 0 errors", "error = 0.0", "WARNING: error log: x.err", "the end")
    assert explaining(*lines)[0] == 3


def test_a_traced_command_says_only_what_it_tells_people() -> None:
    assert explaining("+ rm -f errors.txt", "+ error 'no restart found'", "+ exit 1") == (
        1,
        "no restart found",
    )


def test_a_log_of_traces_alone_explains_nothing() -> None:
    assert explanation(["+ set -e", "++ date +%s", "", "=====", "+ exit 1"]) is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("at 2024-01-12 15:30:00,123 of 03:04:05", "at <date> of <time>"),
        ("step 1.5e-3 -2 .5 7 of 12.", "step <n> of <n>."),
        ("rank 12, rank 13", "rank <n>, rank <n>"),
        ("nodes gs05r2b03,gs05r2b04", "nodes <name>"),
        ("in ../run/a003.nc and ~/x", "in <path> and <path>"),
        ("at 0x7f2a", "at <n>"),
        ("KeyError: 'tas'", "KeyError: 'tas'"),
        ("   much   room ", "much room"),
    ],
)
def test_what_varies_is_replaced(line: str, expected: str) -> None:
    assert template(line) == expected


def test_a_template_is_short() -> None:
    assert len(template("word " * 10_000)) == 300


@pytest.mark.parametrize(
    "line",
    [
        "a" * 60_000,
        "+a" * 30_000,
        "exit" + " a" * 30_000,
        "assertion " * 6_000,
        "/." * 30_000,
        "1," * 30_000,
        "srun: error: " * 5_000,
        "\\W" * 30_000,
    ],
)
def test_no_line_takes_long(line: str) -> None:
    begin = time.process_time()
    found = explanation([line] * 150)
    assert found is None or template(found.line)
    # Seconds would mean that the work grows with the square of the length: some hundredths are usual.
    assert time.process_time() - begin < 5
