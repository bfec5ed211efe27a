"""The answers of the API as functions of an experiment, for pages and scripts that say the same.

What these functions return is what the endpoint of their name answers, under the same promise: what
is published keeps its shape. The rest are the types and words that their answers are made of. All
of it stands here, so that whoever uses it need not know which module it is in::

    from autosubmit_core import open_archive
    from autosubmit_core.published import sections_answer
    sections_answer(open_archive().experiment("a003"))["sections"]
"""

from autosubmit_core.answers.experiments import of_type, whole_matches
from autosubmit_core.answers.report import DEFAULT_SECTIONS, SECTIONS, report, reports_answer
from autosubmit_core.answers.v4.comparison import comparison_answer
from autosubmit_core.answers.v4.counts import counts_answer
from autosubmit_core.answers.v4.digest import digest_answer, digest_feed
from autosubmit_core.answers.v4.efficiency import efficiency_answer
from autosubmit_core.answers.v4.eta import eta_answer
from autosubmit_core.answers.v4.failures import failures_answer
from autosubmit_core.answers.v4.fields import WORDS, numbers_of, words_of
from autosubmit_core.answers.v4.forecast import forecast_answer
from autosubmit_core.answers.v4.heartbeat import heartbeat_answer
from autosubmit_core.answers.v4.job import job_answer, several_jobs_answer
from autosubmit_core.answers.v4.job_query import QUERY_FIELDS
from autosubmit_core.answers.v4.performance import performance_answer
from autosubmit_core.answers.v4.relations import children_answer, parents_answer
from autosubmit_core.answers.v4.sections import sections_answer
from autosubmit_core.answers.v4.selection import NONE, JobFilter, ordered, selected_rows
from autosubmit_core.answers.v4.settings import Setting, settings_side_by_side
from autosubmit_core.answers.v4.waiting import waiting_answer
from autosubmit_core.archive.fleet import EVENTS
from autosubmit_core.metrics.outliers import RunTimeRange
from autosubmit_core.metrics.performance import SimulationTable
from autosubmit_core.metrics.statistics import StatisticsSummary, summarized
from autosubmit_core.metrics.time_split import TimeSplit
from autosubmit_core.names import EXPERIMENT_TYPES, natural_key

__all__ = [
    "DEFAULT_SECTIONS",
    "EVENTS",
    "EXPERIMENT_TYPES",
    "NONE",
    "QUERY_FIELDS",
    "SECTIONS",
    "WORDS",
    "JobFilter",
    "RunTimeRange",
    "Setting",
    "SimulationTable",
    "StatisticsSummary",
    "TimeSplit",
    "children_answer",
    "comparison_answer",
    "counts_answer",
    "digest_answer",
    "digest_feed",
    "efficiency_answer",
    "eta_answer",
    "failures_answer",
    "forecast_answer",
    "heartbeat_answer",
    "job_answer",
    "natural_key",
    "numbers_of",
    "of_type",
    "ordered",
    "parents_answer",
    "performance_answer",
    "report",
    "reports_answer",
    "sections_answer",
    "selected_rows",
    "settings_side_by_side",
    "several_jobs_answer",
    "summarized",
    "waiting_answer",
    "whole_matches",
    "words_of",
]
