"""The pages, a module each: what it says as plain functions from the core's objects, and its route."""

from autosubmit_site.pages import (
    about,
    account,
    calendar,
    comparison,
    configuration,
    experiments,
    graph,
    job,
    jobs,
    login,
    logs,
    metrics,
    overview,
    performance,
    preferences,
    reports,
    runs,
    statistics,
    timeline,
    tree,
)

__all__ = ["routes"]

routes = [
    *experiments.routes,
    *overview.routes,
    *jobs.routes,
    *job.routes,
    *tree.routes,
    *graph.routes,
    *calendar.routes,
    *timeline.routes,
    *performance.routes,
    *statistics.routes,
    *runs.routes,
    *comparison.routes,
    *logs.routes,
    *configuration.routes,
    *metrics.routes,
    *reports.routes,
    *about.routes,
    *preferences.routes,
    *login.routes,
    *account.routes,
]
