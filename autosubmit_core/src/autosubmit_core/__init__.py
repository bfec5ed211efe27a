"""Reads what the workflow manager Autosubmit writes about climate experiments, and computes with it.

Three lines in a notebook::

    from autosubmit_core import open_archive
    experiment = open_archive().experiment("a003")
    experiment.performance().simulated_years_per_day

:func:`open_archive` finds the installation as Autosubmit itself does, or takes the path of its
``autosubmitrc``. An :class:`Archive` knows its experiments; an :class:`Experiment` gives its sources
(``jobs``, ``history``, ``runs``, ``wrappers``, ``structure``, ``configuration``, ``logs``, …) as
frozen tables with a NumPy column per field, and what they amount to (``performance()``,
``summary()``, ``statistics()``, ``eta()``, …). What is missing or damaged is named in its
``warnings`` and costs only itself. Nothing is ever written below the installation.

>>> import tempfile
>>> from pathlib import Path
>>> from autosubmit_core import demo, open_archive
>>> with tempfile.TemporaryDirectory() as folder:
...     archive = open_archive(demo.build(Path(folder)))
...     experiment = archive.experiment("a0k2")
...     len(experiment.jobs) == sum(experiment.counters().values())
True
"""

from importlib.metadata import version

from autosubmit_core.answers.v4.job_query import JobQueryError, find_jobs
from autosubmit_core.archive import Archive, Emissions, Experiment, Fleet, open_archive
from autosubmit_core.errors import (
    AutosubmitError,
    ConfigurationInvalidError,
    ExperimentNotFoundError,
    InstallationError,
    JobNotFoundError,
    NotFoundError,
    RequestError,
    RunNotFoundError,
    SourceError,
    SourceMissingError,
    SourceUnreadableError,
    SourceWarning,
    StoreError,
)
from autosubmit_core.status import Status
from autosubmit_core.tables import (
    AttemptTable,
    EventTable,
    ExperimentTable,
    FleetTable,
    GroupTable,
    JobHistory,
    JobTable,
    RunTable,
    Structure,
    UsageTable,
    UserMetricTable,
    WrapperTable,
)

__all__ = [
    "Archive",
    "AttemptTable",
    "AutosubmitError",
    "ConfigurationInvalidError",
    "Emissions",
    "EventTable",
    "Experiment",
    "ExperimentNotFoundError",
    "ExperimentTable",
    "Fleet",
    "FleetTable",
    "GroupTable",
    "InstallationError",
    "JobHistory",
    "JobNotFoundError",
    "JobQueryError",
    "JobTable",
    "NotFoundError",
    "RequestError",
    "RunNotFoundError",
    "RunTable",
    "SourceError",
    "SourceMissingError",
    "SourceUnreadableError",
    "SourceWarning",
    "Status",
    "StoreError",
    "Structure",
    "UsageTable",
    "UserMetricTable",
    "WrapperTable",
    "__version__",
    "find_jobs",
    "open_archive",
]

__version__ = version("autosubmit_core")
