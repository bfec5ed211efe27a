"""What happens on a PostgreSQL server is told as what happens in files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from autosubmit_core import demo
from autosubmit_core.archive import open_archive
from autosubmit_core.demo.writing.servers import move_to_server
from autosubmit_core.readers.servers import server_of

Call = Callable[..., Any]


def test_a_change_on_the_server_is_told(
    serve: Call, listen: Call, postgres: Any, tmp_path: Path
) -> None:
    run_control, url = tmp_path / "autosubmitrc", postgres.new_database()
    demo.build(tmp_path)
    move_to_server(run_control, url)
    server = serve(open_archive(run_control), events_interval=0.05)
    one, of_all = (listen(server, path) for path in ("/v4/experiments/o001/events", "/v4/events"))
    assert one.next().name == "open"
    running = [told["expid"] for told in of_all.next().data["experiments"]]
    assert running
    with server_of(url).writing() as connection:
        name = connection.scalar(sa.text("SELECT min(name) FROM o001.jobs"))
        change = sa.text("UPDATE o001.jobs SET status = 'HELD' WHERE name = :name")
        connection.execute(change, {"name": name})
    (job,) = one.until("jobs").data["jobs"]
    assert (job["name"], job["status"]) == (name, "HELD")
    assert (tmp_path / "autosubmit_api_events.db").exists()
