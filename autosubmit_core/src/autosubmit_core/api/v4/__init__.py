"""``/v4``: the published answers of the second generation, and what we add to them."""

from autosubmit_core.api.v4 import (
    auth,
    command_output,
    commands,
    comparison,
    counts,
    efficiency,
    events,
    experiments,
    exports,
    failures,
    fleet,
    forecast,
    heartbeat,
    index,
    job,
    jobs,
    performance,
    runners,
    runs,
    user_settings,
    waiting,
    workflow,
)

__all__ = ["routes"]

# ``exports`` and ``jobs`` before ``job``: what follows ``/jobs/`` there is no name of a job.
routes = [
    *index.routes,
    *auth.routes,
    *experiments.routes,
    *events.routes,
    *exports.routes,
    *fleet.routes,
    *jobs.routes,
    *job.routes,
    *counts.routes,
    *workflow.routes,
    *heartbeat.routes,
    *waiting.routes,
    *failures.routes,
    *forecast.routes,
    *efficiency.routes,
    *runs.routes,
    *performance.routes,
    *comparison.routes,
    *runners.routes,
    *commands.routes,
    *command_output.routes,
    *user_settings.routes,
]
