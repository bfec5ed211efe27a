"""How each version of Autosubmit keeps an experiment: which files, in which shape, and when.

The facts are those that real experiments of each version taught; see the readers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Generation", "generation"]

JobList: TypeAlias = Literal["python2", "tuples", "graph", "dictionary", "table"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """What an Autosubmit of some version writes."""

    version: str
    #: Layout of the job list: a pickle of some kind, or a table.
    job_list: JobList
    #: Whether the job list notes when a job was submitted, and its platform and queue.
    list_has_times: bool
    #: Layouts of the structure and of the wrappers.
    structure: Literal["4.1", "4.2"]
    wrappers: Literal["4.0", "4.1.12", "4.1.17", "4.2"]
    #: Version of the historical database.
    history_schema: int
    #: Whether history and TOTAL_STATS tell of a job only when it has ended.
    told_at_end: bool
    #: Whether instants noted as text carry the offset of their zone.
    text_has_offset: bool
    #: Whether further attempts have a log name of their own (``.out_attempt_1``).
    attempts_in_log_names: bool
    #: Whether history rows carry the code of the wrapper; else wrapper names tell its section.
    wrapper_codes: bool
    #: Whether the configuration is YAML, as since Autosubmit 4.
    yaml: bool
    #: Whether job logs are fetched by processes with a log of their own.
    recovery_logs: bool


def generation(version: str) -> Generation:
    """Return how an Autosubmit of a version writes.

    >>> generation("3.13.0").job_list, generation("4.1.10").job_list, generation("4.2.0").job_list
    ('python2', 'graph', 'table')
    """
    number = tuple(int(part) for part in re.findall(r"\d+", version)[:3])
    yaml, at_4_1, at_4_1_12 = number >= (4,), number >= (4, 1), number >= (4, 1, 12)
    at_4_1_17, at_4_2 = number >= (4, 1, 17), number >= (4, 2)
    job_list: JobList = "dictionary" if at_4_1_12 else "graph" if at_4_1 else "tuples"
    return Generation(
        version=version,
        job_list="table" if at_4_2 else job_list if yaml else "python2",
        list_has_times=at_4_1_12,
        structure="4.2" if at_4_2 else "4.1",
        wrappers="4.2" if at_4_2 else "4.1.17" if at_4_1_17 else "4.1.12" if at_4_1_12 else "4.0",
        history_schema=21 if at_4_1_17 else 19 if at_4_1_12 else 18 if number >= (3, 14) else 17,
        told_at_end=at_4_1_12,
        text_has_offset=at_4_1_17,
        attempts_in_log_names=at_4_1_17,
        wrapper_codes=not at_4_1_17,
        yaml=yaml,
        recovery_logs=at_4_1_12,
    )
