"""Commands are run alike where Autosubmit keeps what it does on a PostgreSQL server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from autosubmit_core.demo.writing.servers import move_to_server

MakeDesk = Callable[..., Any]


def test_what_was_started_is_written_down_on_the_server(
    make_desk: MakeDesk, postgres: Any, tmp_path: Path
) -> None:
    move_to_server(tmp_path / "installation" / "autosubmitrc", postgres.new_database())
    desk = make_desk()
    desk.fake.behaves(seconds=30, interrupted=0)
    started = desk.post("run-experiment", expid="a2m9")
    assert started.status == 200
    assert desk.post("run-experiment", expid="a2m9").status == 409
    assert desk.status("a2m9") == "ACTIVE"
    assert desk.post("stop-experiment", expid="a2m9").status == 200
    assert desk.status("a2m9") == "TERMINATED"
    stopped, told = desk.ask("/v4/experiments/a2m9/commands", "alice").json()["commands"]
    assert (stopped["action"], stopped["result"]) == ("stop-experiment", "done")
    assert told["command_id"] == started.json()["command_id"]
    assert not list(desk.folder.glob("**/api_runners.db"))
