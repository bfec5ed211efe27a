"""One command of Autosubmit: what was run, by whom and where, what it printed, and how it ended."""

from __future__ import annotations

import time
from typing import Any, ClassVar

from autosubmit_core import AutosubmitError
from autosubmit_core.commands import CommandRow, command_answer, output_text
from autosubmit_core.server import Operation, RefusedError, Route, Text, refusal_of

from autosubmit_site.handlers import PageHandler

__all__ = ["routes"]

#: The most bytes of output that the page holds; no more is kept of a command.
MOST_BYTES = 2**20


class CommandPage(PageHandler):
    """``GET /commands/{command_id}``: a command, also while it goes on."""

    operations: ClassVar = {
        "get": Operation(
            summary="A command",
            path=(Text(name="command_id", meaning="The command."),),
            media=("text/html",),
            refusals={404: "There is no such command."},
        )
    }

    async def get(self, command_id: str) -> None:
        runners = self.service.runners
        row = await self.service.machines.run(runners.command, command_id)
        if row is None:
            raise RefusedError(404, "There is no such command.", "command_not_found")
        row, told = await self._printed(row)
        login = row.login
        self.show_now(
            "command.html.j2",
            heading=await self._known_heading(row.expid) if row.expid else None,
            command=command_answer(row),
            host=f"{login['ssh_user']}@{login['ssh_host']}" if login else "",
            seconds=(row.ended - row.created) if row.ended is not None else None,
            kept=self._is_kept(row),
            run=await self._ended_run(row),
            link=self.here(),
            **told,
        )

    def _is_kept(self, row: CommandRow) -> bool:
        """Tell whether what a command printed cannot have been removed yet."""
        days = self.service.runners.configuration.output_days
        return row.ended is None or time.time() - row.ended < days * 86_400

    async def _printed(self, row: CommandRow) -> tuple[CommandRow, dict[str, Any]]:
        """Return what a command printed, with the command as it was then; or why that is not known."""
        output = self.service.runners.output
        try:
            found = await self.service.machines.run(output, row.command_id, 0, MOST_BYTES)
        except AutosubmitError as error:
            return row, {"output": "", "next": 0, "problem": refusal_of(error).message}
        row, piece = found or (row, b"")
        text, read = output_text(piece, ended=row.ended is not None)
        return row, {"output": text, "next": read, "problem": ""}

    async def _ended_run(self, row: CommandRow) -> str:
        """Return the name of the run that a stop is about; empty for other commands."""
        if row.action != "stop-experiment" or row.expid is None:
            return ""
        run = await self.service.machines.run(self.service.runners.runs.status, row.expid)
        return (run.command_id or "") if run else ""


routes = [Route("/commands/{command_id}", CommandPage)]
