"""A life seen at one moment by an Autosubmit of some version."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from autosubmit_core.demo.generations import Generation
from autosubmit_core.demo.life import Attempts, Life
from autosubmit_core.demo.workflow import Section, Workflow
from autosubmit_core.demo.writing.instants import local_stamp, local_text
from autosubmit_core.tables import (
    UNWRAPPED,
    Int64Column,
    JobTable,
    TextColumn,
    text_column,
)

__all__ = ["Seen"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """A life as it looks now: what the tables of :mod:`~autosubmit_core.demo.present` and
    :mod:`~autosubmit_core.demo.past` are made of."""

    life: Life
    expid: str
    #: The jobs as they were created.
    created: JobTable
    generation: Generation
    #: Seconds since the first launch.
    moment: int
    #: The same moment in seconds since 1970 UTC.
    now: int

    @property
    def workflow(self) -> Workflow:
        """The workflow that lives."""
        return self.life.workflow

    def instants(self, seconds: Int64Column) -> Int64Column:
        """Return instants since 1970 UTC from seconds since the first launch; 0 if still to come."""
        known: Int64Column = np.where(seconds <= self.moment, seconds + self.now - self.moment, 0)
        return known

    def told(self) -> npt.NDArray[np.int64]:
        """Return the attempts that history and TOTAL_STATS tell of, as rows of the life's."""
        attempts = self.life.attempts
        known = attempts.submit <= self.moment
        if self.generation.told_at_end:
            known &= attempts.finish <= self.moment
        return np.flatnonzero(known)

    def wrapper_codes(self, attempts: Attempts) -> Int64Column:
        """Return the number in the name of each attempt's wrapper, 2 (unwrapped) if in none.

        It is the instant of the submission with four more digits.
        """
        submit = self.instants(attempts.submit)
        codes = submit * 10_000 + attempts.wrapper * 7_919 % 10_000
        wrapped: Int64Column = np.where(attempts.wrapper > 0, codes, UNWRAPPED)
        return wrapped

    def sections(self, jobs: npt.NDArray[np.integer]) -> list[Section]:
        """Return the section of each of some jobs, given by position."""
        sections = self.workflow.sections
        return [sections[place] for place in self.workflow.section_of_job()[jobs].tolist()]

    def texts(self, instants: Int64Column) -> TextColumn:
        """Return instants as the text that history tables hold."""
        offset = self.generation.text_has_offset
        return text_column(local_text(instant, offset=offset) for instant in instants.tolist())

    def log_names(
        self, attempts: Attempts, ended: npt.NDArray[np.bool_], kind: str
    ) -> list[str | None]:
        """Return the name of each attempt's ``out`` or ``err``, as the job list notes it.

        It has the stamp of the submission once the log is fetched; until then there is none, or
        since Autosubmit 4.1.17 one that no file ever has: with the attempt, and in 4.2 "None".
        """
        names: list[str | None] = []
        submit = self.instants(attempts.submit).tolist()
        told = zip(
            self.created.name[attempts.job], submit, attempts.number.tolist(), ended.tolist()
        )
        for name, instant, number, fetched in told:
            again = number > 0 and self.generation.attempts_in_log_names
            if fetched:
                suffix = f"_attempt_{number}" if again else ""
                names.append(f"{name}.{local_stamp(instant)}.{kind}{suffix}")
            elif self.generation.attempts_in_log_names:
                awaited = "None" if self.generation.job_list == "table" else number
                names.append(f"{name}.{awaited}.{kind}")
            else:
                names.append(None)
        return names
