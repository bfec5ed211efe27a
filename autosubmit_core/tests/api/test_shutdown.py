"""S-22: leaving a page stops nothing of anybody."""

from __future__ import annotations

import ast
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import autosubmit_core
from autosubmit_core.api.access.identity import User
from autosubmit_core.api.access.permission import Level
from autosubmit_core.archive import open_archive
from autosubmit_core.demo.hand_made import jobs_named, make_experiment

#: Who may end a process: the one that serves ends those that it has started, and itself; a command
#: is ended by its supervisor when its time is over, and a run by whoever may stop it; a database server
#: that was started for trial by who started it.
OF_THEIR_OWN = {
    *("api/processes.py", "api/computing.py", "demo/postgres.py"),
    *("runners/local.py", "runners/supervisor.py"),
}
ENDING = {"kill", "killpg", "terminate", "send_signal"}


def test_s22_nobody_ends_what_somebody_else_has_asked_for(
    serve: Callable[..., Any], tmp_path: Path, computing_stopped: Callable[..., Any]
) -> None:
    make_experiment(tmp_path, "a000", jobs=jobs_named(["a000_INI"]))
    archive: Any = open_archive(tmp_path)
    archive.is_small = lambda expid: False
    server = serve(archive, protection_level=Level.ALL)
    alice, mallory = (
        {"Authorization": f"Bearer {server.app.service.access.tokens.make(user).text}"}
        for user in (User("cas", "alice", "alice"), User("cas", "mallory", "mallory"))
    )
    path = "/v3/shutdown/tree?loggedUser=alice&expid=a000"
    with ThreadPoolExecutor() as clients, computing_stopped(server) as pid:
        slow = clients.submit(server.ask, "/v3/tree/a000", headers=alice, timeout=30)
        assert server.ask(path).status == 401
        told = server.ask(path, headers=mallory)
        assert (told.status, told.json()) == (200, "")
        assert not slow.done()
        assert server.app.service.computing.pid == pid
    answer = slow.result()
    assert (answer.status, answer.json()["total"]) == (200, 1)
    assert server.app.service.computing.pid == pid


def test_s22_no_other_module_ends_a_process() -> None:
    package = Path(autosubmit_core.__file__).parent
    found = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in ENDING
    }
    assert found == OF_THEIR_OWN
