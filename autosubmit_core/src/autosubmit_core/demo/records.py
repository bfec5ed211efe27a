"""All that is on disk of one experiment, before it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from autosubmit_core.demo.generations import Generation, generation
from autosubmit_core.tables import (
    AttemptTable,
    JobHistory,
    JobTable,
    RunTable,
    Structure,
    UserMetricTable,
    WrapperTable,
)

__all__ = ["Records"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Records:
    """What Autosubmit and its user left of an experiment; what is None has no file."""

    expid: str
    description: str
    #: Autosubmit's version, which decides in which files and formats all this is kept.
    version: str
    #: Sections of the YAML configuration; or the five INI files, section by section.
    configuration: Mapping[str, Any]
    jobs: JobTable
    structure: Structure = field(default_factory=Structure.empty)
    history: JobHistory | None = None
    runs: RunTable | None = None
    #: Lines of the TOTAL_STATS files; ``job`` is a position in :attr:`jobs`.
    attempts: AttemptTable | None = None
    wrappers: WrapperTable | None = None
    metrics: UserMetricTable | None = None
    #: When Autosubmit changed the job list last, in seconds since 1970 UTC, and whether it runs.
    modified: int
    running: bool = False
    #: Details of the catalogue: owner (None: no details are noted), creation, origin of the model.
    user: str | None = None
    created: int = 0
    model: str = "NA"
    branch: str = "NA"

    @property
    def generation(self) -> Generation:
        """How an Autosubmit of that version keeps an experiment."""
        return generation(self.version)
