"""The pages, a module each: what it says as plain functions from the core's objects, and its route."""

from autosubmit_site.pages import about, experiments, graph, job, jobs, logs, overview, preferences

__all__ = ["routes"]

routes = [
    *experiments.routes,
    *overview.routes,
    *jobs.routes,
    *job.routes,
    *graph.routes,
    *logs.routes,
    *about.routes,
    *preferences.routes,
]
