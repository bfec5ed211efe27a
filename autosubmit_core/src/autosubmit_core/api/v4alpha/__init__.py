"""``/v4alpha``: commands whose clients choose freely where they run; not served unless it is asked for."""

from autosubmit_core.api.v4alpha import commands

__all__ = ["routes"]

routes = commands.routes
