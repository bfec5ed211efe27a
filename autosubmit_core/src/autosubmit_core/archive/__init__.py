"""An Autosubmit installation and its experiments: where reading meets computing."""

from autosubmit_core.archive.archive import DEFAULT_MEMORY_BYTES, Archive, open_archive
from autosubmit_core.archive.consulted import Consulted
from autosubmit_core.archive.details import JobDetails
from autosubmit_core.archive.experiment import Emissions, Experiment
from autosubmit_core.archive.fleet import Fleet
from autosubmit_core.archive.kept import Tally

__all__ = [
    "DEFAULT_MEMORY_BYTES",
    "Archive",
    "Consulted",
    "Emissions",
    "Experiment",
    "Fleet",
    "JobDetails",
    "Tally",
    "open_archive",
]
