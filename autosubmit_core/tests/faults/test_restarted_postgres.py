"""The PostgreSQL server of an installation is stopped and started again while it is served from."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autosubmit_core import demo
from autosubmit_core.demo.writing.servers import move_to_server
from autosubmit_core.status import Status


def test_while_the_database_server_is_away_that_is_said_and_then_all_is_there(
    tmp_path: Path,
    own_postgres: Any,
    serve_logins: Callable[..., Any],
    logged_in: Callable[[Any, str], str],
    preferring: Callable[[Any, str], Any],
    load: Callable[..., Any],
    until: Callable[..., None],
    fault_seconds: float,
) -> None:
    names = [f"t000_20200101_fc0_{chunk}_SIM" for chunk in range(1, 20)]
    jobs = demo.jobs_named(names, status=[Status.COMPLETED] * len(names))
    demo.make_experiment(tmp_path / "installation", "t000", jobs=jobs)
    config = tmp_path / "installation" / "autosubmitrc"
    move_to_server(config, own_postgres.new_database())
    server = serve_logins(config)
    token = logged_in(server, "alice")
    paths = ["/v4/experiments/t000/jobs", "/v4/experiments/t000/counts"]
    clients = load(server, paths, 2)
    writer = preferring(server, token)
    for _ in range(2):
        goal = writer.acknowledged + 3
        until(lambda goal=goal: writer.acknowledged >= goal)
        clients.faulty = frozenset(paths)
        own_postgres.stop()
        stopped = time.monotonic()
        before = clients.statuses[503]
        until(lambda before=before: clients.statuses[503] > before)
        time.sleep(max(0.0, stopped + fault_seconds - time.monotonic()))
        own_postgres.start()
        until(lambda: all({server.ask(path).body} == set(clients.right[path]) for path in paths))
        clients.rounds(1)
        clients.faulty = frozenset()
        goal = writer.acknowledged + 3
        until(lambda goal=goal: writer.acknowledged >= goal)
    clients.rounds(1)
    clients.stop()
    writer.stop()
    assert not clients.wrong, clients.wrong[:3]
    assert writer.acknowledged <= writer.kept() <= writer.sent
    assert {status for status, _ in writer.refusals} <= {503}
    assert "Traceback" not in server.log.read_text()
    print(clients.statuses, writer.count, writer.refusals)
