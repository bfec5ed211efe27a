"""Which line of a failed job's log explains the failure, and what such lines have in common.

The last line rarely is the one. A failure says what it is, and then its death says that it died: a
scheduler cuts off the other tasks, a shell tells an exit status, a table shows the stack. So lines
are ranked: causes before errors of any kind before consequences, and of one rank the last counts,
because scripts go on after errors that did not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

__all__ = ["Explanation", "explanation", "template"]

#: No more of a line is looked at, and of a template kept.
_MOST_LOOKED_AT = 2000
_MOST_KEPT = 300

#: The ranks of lines: what failed, an error of whatever kind, what only follows from a failure, and
#: the last thing said at all.
CAUSE, ERROR, CONSEQUENCE, LAST = range(4)


class Explanation(NamedTuple):
    """The line that explains a failure best."""

    #: How well: 0 a cause, 1 some error, 2 a consequence of a failure, 3 the last thing said.
    rank: int
    line: str


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


#: What schedulers, MPI libraries and shells say when something has died already.
_CONSEQUENCE = _any_of(
    r"exited with exit code",
    r"\bsrun: (?:job step aborted|terminating|error: .*: (?:terminated|killed)\b)",
    r"cancelled at (?!.*due to)",
    r"\bmpi_?abort\b",
    r"\bmpirun has exited\b|\bmpiexec .*(?:aborted|terminat)",
    r"^\W*exit(?:ed)?\b[\s\w]{0,30}\d",
    r"^with errorcode",
    r"process received signal",
    r"^application \d+ (?:exit|resources)",
    r"program stopped|aborted, see the error log",
)
#: What is a cause, whatever stands around it.
_CAUSE = _any_of(
    r"due to time limit|exceeded (?:job )?(?:memory|time|wall)|walltime .*exceeded",
    r"oom[-_ ]?kill|out of memory|cannot allocate memory|std::bad_alloc|memoryerror",
    r"due to node failure|node_fail",
    r"disk quota exceeded|no space left on device|read-only file system|input/output error",
    r"permission denied|operation not permitted|stale file handle",
    r"no such file or directory|command not found|unbound variable|syntax error",
    r"cannot open shared object|undefined symbol|module .*(?:unknown|not found)",
    r"forrtl: severe|fortran runtime error|floating[- ]point exception|sigfpe",
    r"segmentation fault|sigsegv|bus error|illegal instruction|double free|stack smashing",
    r"fatal error in p?mpi_|connection (?:refused|reset|timed out)|host key verification failed",
    r"netcdf: |hdf error|nan (?:detected|found)|blow[- ]?up|\bcfl\b.*(?:violat|exceed)",
    r"terminate called after throwing|assertion .*failed",
    r"\*EE\*",
)
_ERROR = _any_of(
    r"\b(?:error|fatal|severe|abort(?:ed|ing)?|exception|panic)\b",
    r"\b(?:failed|failure|cannot|can't|could not|unable to|not found|missing|invalid)\b",
)
#: Words of an error that is none.
_NO_ERROR = _any_of(
    r"\b(?:0|no) errors?\b|error(?:s)?\s*[:=]\s*0\b|\bwarning\b|without errors?",
    r"error[_ ]?(?:log|file)s?\s*[:=]|set [-+]e|trap ",
)
#: NEMO writes this over its errors; the next line with a word says which.
_HEADLINE = re.compile(r"E R R O R")
_TRACEBACK = "Traceback (most recent call last):"
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(?:: .*)?")
#: A command that a shell traces, and what of it is a message to people.
_TRACED = re.compile(r"\++ +")
_MESSAGE = re.compile(r"(echo|printf|error|die|fail|abort|log_error) +(.*)")
_LETTER = re.compile(r"[A-Za-z]")


def explanation(lines: Sequence[str]) -> Explanation | None:
    """Return the line of the end of a log that explains a failure; None if none says anything.

    >>> explanation(["  stp_ctl: fine", "+ rm x", "rm: x: Disk quota exceeded", "exit status 1"])
    Explanation(rank=0, line='rm: x: Disk quota exceeded')
    >>> explanation(["", "+ exit 1"]) is None
    True
    """
    best: Explanation | None = None
    for found in _told(lines):
        if best is None or found.rank <= best.rank:
            best = found
    return best


def _told(lines: Sequence[str]) -> Iterator[Explanation]:
    """Yield the lines that say something, with their ranks.

    The last line of a traceback is a cause, and the first under a headline.
    """
    traceback = headline = False
    for line in lines:
        text = line[:_MOST_LOOKED_AT].rstrip()
        said, is_error = _said(text)
        if not _LETTER.search(said):
            continue
        if _HEADLINE.search(said) or text == _TRACEBACK:
            headline, traceback = text != _TRACEBACK, text == _TRACEBACK
            continue
        ends = traceback and not text[0].isspace() and bool(_EXCEPTION.fullmatch(text))
        rank = CAUSE if headline or ends else _rank(said)
        yield Explanation(min(rank, ERROR) if is_error else rank, said)
        headline, traceback = False, traceback and not ends


def _said(text: str) -> tuple[str, bool]:
    """Return what a line says, and whether it is a command that tells people of an error.

    Of another traced command that is only a message in it, mostly nothing.
    """
    stripped = text.strip()
    traced = _TRACED.match(stripped)
    if not traced:
        return stripped, False
    message = _MESSAGE.fullmatch(stripped[traced.end() :])
    if not message:
        return "", False
    return message[2].strip("'\" "), message[1] not in ("echo", "printf")


def _rank(line: str) -> int:
    if _CONSEQUENCE.search(line):
        return CONSEQUENCE
    if _CAUSE.search(line):
        return CAUSE
    return ERROR if _ERROR.search(line) and not _NO_ERROR.search(line) else LAST


#: What differs between two lines that say the same, in the order in which it is replaced.
_VARYING = (
    (
        re.compile(
            r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?\b"
        ),
        "<date>",
    ),
    (re.compile(r"\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b"), "<time>"),
    (re.compile(r"(?<![\w.<>])(?:~|\.{1,2})?/[^\s'\":,;()\[\]<>]+"), "<path>"),
)
_WORD = re.compile(r"[\w+.]+(?:(?<=[0-9.][eEdD])-\d+)?")
_NUMBER = re.compile(r"\+?[\d.]+(?:[eEdD][-+]?\d+)?|0x[0-9a-fA-F]+")
#: Several numbers or names in a row are one.
_SEVERAL = re.compile(r"(<n>|<name>)(?:[-,.:/+ ]+\1)+")


def template(line: str) -> str:
    """Return a line with all that varies replaced: dates, paths, numbers, names with digits in them.

    What cannot be printed is left out.

    >>> template("mkdir: cannot create directory '/scratch/a003/12': Disk quota exceeded")
    "mkdir: cannot create directory '<path>': Disk quota exceeded"
    >>> template("srun: error: gs05r2b03: tasks 0-47: Exited with exit code 1.")
    'srun: error: <name>: tasks <n>: Exited with exit code <n>.'
    """
    made = line[:_MOST_LOOKED_AT]
    for pattern, word in _VARYING:
        made = pattern.sub(word, made)
    made = _SEVERAL.sub(r"\1", _WORD.sub(_without_digits, made))
    shown = "".join(letter for letter in " ".join(made.split()) if letter.isprintable())
    return shown[:_MOST_KEPT]


def _without_digits(word: re.Match[str]) -> str:
    """Return what stands for a word: itself if it has no digit in it."""
    bare = word[0].rstrip(".+")
    if not any(map(str.isdigit, bare)):
        return word[0]
    return ("<n>" if _NUMBER.fullmatch(bare) else "<name>") + word[0][len(bare) :]
