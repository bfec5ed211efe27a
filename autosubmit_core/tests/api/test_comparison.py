"""An answer about two experiments: named warnings, and the same wherever it is computed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from autosubmit_core import demo
from autosubmit_core.archive import Archive, open_archive

Serve = Callable[..., Any]
COMPARE = "/v4/experiments/a2m9/compare"


def test_a_warning_says_of_which_experiment_it_is_if_there_are_two(
    tmp_path: Path, serve: Serve
) -> None:
    for expid in ("t001", "t002"):
        # Without a history.
        demo.make_experiment(tmp_path, expid, jobs=demo.jobs_named([f"{expid}_INI"]))
    server = serve(open_archive(tmp_path))
    two = server.ask("/v4/experiments/t001/compare?with=t002").json()["warnings"]
    assert {sentence[:6] for sentence in two} == {"t001: ", "t002: "}
    one = server.ask("/v4/experiments/t001/compare").json()["warnings"]
    assert [f"t001: {sentence}" for sentence in one] == two[: len(one)]


def test_of_large_experiments_the_answer_is_the_same(
    demo_server: Any, demo_archive: Archive, serve: Serve
) -> None:
    large = serve(Archive(demo_archive.installation, small_bytes=-1))
    path = f"{COMPARE}?run_id=1&with=a0k2&with_run_id=3"
    assert large.ask(path, timeout=60).body == demo_server.ask(path).body
    assert large.app.service.computing.pid is not None


def test_what_is_not_there_is_named(demo_server: Any) -> None:
    for query, name in (("with=zzzz", "zzzz"), ("run_id=9", "9"), ("with=a0k2&with_run_id=8", "8")):
        answer = demo_server.ask(f"{COMPARE}?{query}")
        assert answer.status == 404
        assert name in answer.json()["error_message"]
