"""The pages, a module each: what it says as plain functions from the core's objects, and its route."""

from autosubmit_site.pages import about, experiments, preferences

__all__ = ["routes"]

routes = [*experiments.routes, *about.routes, *preferences.routes]
