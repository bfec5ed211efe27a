"""What Autosubmit is told to do, as lists of arguments.

Values of options are attached with ``=`` and other values follow ``--``, so that one that begins with
a hyphen is no option (RS-2).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

__all__ = [
    "NewExperiment",
    "StatusChange",
    "create_job_list",
    "describe",
    "new_expid",
    "reason_of",
    "run",
    "stop",
]

#: The most bytes of the job names in one command line; the system refuses more than 128 kB in one.
_MOST_BYTES = 90_000

_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_CREATED = re.compile(r"Experiment ([a-z0-9]{4,12}) created")
_CRITICAL = re.compile(r"\[CRITICAL\]\s*(.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewExperiment:
    """What ``autosubmit expid`` is told; each field is one of its options, in its order."""

    description: str
    git_repo: str | None = None
    git_branch: str | None = None
    minimal: bool = False
    config_path: str | None = None
    hpc: str | None = None
    use_local_minimal: bool = False
    operational: bool = False
    testcase: bool = False
    copy: str | None = None

    def arguments(self) -> list[str]:
        """Return the arguments of Autosubmit.

        >>> NewExperiment(description="-v", testcase=True).arguments()
        ['expid', '--description=-v', '--testcase']
        """
        options = {"minimal": "minimal_configuration", "config_path": "git_as_conf", "hpc": "HPC"}
        told = {options.get(one.name, one.name): getattr(self, one.name) for one in fields(self)}
        return ["expid", *_options(told)]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChange:
    """What ``autosubmit setstatus`` is told."""

    names: tuple[str, ...] = ()
    status: str
    #: The filters that are told, by their option.
    filters: Mapping[str, str]
    check_wrapper: bool = False
    update_version: bool = False

    def arguments(self, expid: str) -> list[list[str]]:
        """Return the arguments of Autosubmit, of several command lines for very many jobs."""
        options = _options(
            {
                "status_final": self.status,
                **self.filters,
                "check_wrapper": self.check_wrapper,
                "update_version": self.update_version,
            }
        )
        listed = [[f"--list={' '.join(part)}"] for part in _parts(self.names)] or [[]]
        return [
            ["setstatus", "-np", "-nt", "-s", *names, *options, "--", expid] for names in listed
        ]


def run(expid: str) -> list[str]:
    """Return the arguments that run an experiment.

    Without ``--``: Autosubmit finds its runs by these three words, and an expid has no hyphen.
    """
    return ["run", expid]


def stop(expid: str) -> list[str]:
    """Return the arguments that end a run; this server does itself what they do."""
    return ["stop", expid]


def create_job_list(
    expid: str, check_wrapper: bool = False, update_version: bool = False, force: bool = False
) -> list[str]:
    """Return the arguments that create the job list of an experiment."""
    told = {"check_wrapper": check_wrapper, "update_version": update_version, "force": force}
    return ["create", "-np", *_options(told), "--", expid]


def describe(expid: str, description: str) -> list[str]:
    """Return the arguments that change the description of an experiment."""
    return ["updatedescrip", "--", expid, description]


def new_expid(output: str) -> str | None:
    """Return the name of the experiment that Autosubmit says it has created."""
    found = _CREATED.search(_COLOURS.sub("", output))
    return found[1] if found else None


def reason_of(output: str, status: str) -> str:
    """Return why a command failed, in a sentence: Autosubmit's own if it told one (RS-13).

    >>> reason_of("\\x1b[31m[CRITICAL] No such thing [eCode=7011]\\x1b[0m", "99")
    'No such thing [eCode=7011]'
    """
    told = _CRITICAL.findall(_COLOURS.sub("", output))
    sentences = [line.strip() for line in told if not line.startswith("Traceback")]
    if status == "timeout":
        return "The command took too long and was ended."
    if status == "output":
        return "The command printed too much and was ended."
    if sentences:
        return _without_paths(sentences[-1])[:500]
    return f"Autosubmit ended with exit status {status}."


def _without_paths(sentence: str) -> str:
    return re.sub(r"(?<![\w/])/[\w.+-]+(/[\w.+-]*)+", "…", sentence)


def _options(told: Mapping[str, str | bool | None]) -> list[str]:
    return [
        f"--{name}" if value is True else f"--{name}={value}"
        for name, value in told.items()
        if value
    ]


def _parts(names: Sequence[str]) -> list[list[str]]:
    """Return names in parts of which each fits a command line."""
    parts: list[list[str]] = []
    size = _MOST_BYTES
    for name in names:
        size += len(name) + 1
        if size > _MOST_BYTES:
            parts.append([])
            size = len(name) + 1
        parts[-1].append(name)
    return parts
