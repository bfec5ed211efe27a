"""``/v3``: the published answers of the first generation."""

from autosubmit_core.api.v3 import (
    experiment,
    experiments,
    login,
    logs,
    performance,
    polling,
    runs,
    tokens,
    workflow,
)

__all__ = ["routes"]

routes = [
    *experiments.routes,
    *experiment.routes,
    *performance.routes,
    *runs.routes,
    *workflow.routes,
    *polling.routes,
    *logs.routes,
    *login.routes,
    *tokens.routes,
]
