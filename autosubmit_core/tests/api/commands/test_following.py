"""What a command prints, told while it does; and what one would do, told before it is run."""

from __future__ import annotations

import shlex
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from autosubmit_core.api.access.identity import User
from autosubmit_core.api.access.permission import Level
from autosubmit_core.api.v4 import command_output

JOB = "a2m9_19611101_fc0_4_POST"
NAME = "0123456789abcdef" * 2
PATH = f"/v4/runners/commands/{NAME}/events"

Listen = Callable[..., Any]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_output, "FOLLOW_SECONDS", 0.05)


@pytest.fixture
def follow(desk: Any, listen: Listen) -> Listen:
    """Listen to the command of these tests, as a user."""

    def begin(path: str = PATH, user: str = "bob", server: Any = None, **headers: str) -> Any:
        token = desk.server.app.service.access.tokens.make(User("cas", user, user)).text
        told = {"Authorization": f"Bearer {token}", **headers}
        return listen(server or desk.server, path, headers=told)

    return begin


def run(desk: Any, expid: str = "a2m9") -> None:
    assert desk.post("run-experiment", expid=expid, command_id=NAME).status == 200


# -- live output ---------------------------------------------------------------------------------


def test_what_a_run_prints_is_told_and_how_it_ended(desk: Any, follow: Listen) -> None:
    desk.fake.behaves(seconds=0.5, says="\x1b[32mhalf an é\x1b[0m", exit=3)
    run(desk)
    listener = follow()
    event = listener.next()
    assert (event.name, event.data["output"]) == ("output", "half an é\n")
    assert event.id == str(event.data["next"])
    end = listener.next()
    assert (end.name, end.id) == ("end", None)
    assert (end.data["result"], end.data["exit_status"], end.data["user"]) == ("3", 3, "cas:alice")
    assert listener.next() is None


def test_whoever_comes_back_is_told_the_rest_by_another_server_too(
    make_desk: Callable[..., Any], follow: Listen
) -> None:
    desk, other = (make_desk() for _ in range(2))
    desk.fake.behaves(seconds=1, says="first")
    run(desk)
    first = follow(server=desk.server).next()
    assert first.data["output"] == "first\n"
    again = follow(server=other.server, **{"Last-Event-ID": first.id})
    assert again.next().name == "end"
    whole = follow(server=other.server, **{"Last-Event-ID": "nonsense"})
    assert [whole.next().name, whole.next().name] == ["output", "end"]


def test_who_does_not_want_to_wait_is_told_what_there_is(desk: Any, follow: Listen) -> None:
    desk.fake.behaves(seconds=60, says="first")
    run(desk)
    while not desk.ask(PATH.replace("events", "output"), "bob").json()["output"]:
        time.sleep(0.02)
    listener = follow(f"{PATH}?follow=false")
    assert listener.next().data["output"] == "first\n"
    assert listener.next() is None
    desk.post("stop-experiment", expid="a2m9")


def test_there_is_no_stream_of_what_nobody_ran(follow: Listen) -> None:
    assert follow().status == 404


def test_a_server_that_stops_says_so_to_who_follows_a_command(desk: Any, follow: Listen) -> None:
    desk.fake.behaves(seconds=60, says="first")
    run(desk)
    listener = follow()
    assert listener.next().name == "output"
    desk.server.wait(desk.server.app.service.events.stop())
    assert listener.next().data == {"reason": "stopping"}
    desk.post("stop-experiment", expid="a2m9")


def test_half_a_colour_waits_for_its_other_half() -> None:
    whole = "a\x1b[1;31mé\x1b[0m".encode()
    for at in range(len(whole)):
        first, read = command_output.output_text(whole[:at], ended=False)
        second, rest = command_output.output_text(whole[read:], ended=True)
        assert (first + second, read + rest) == ("aé", len(whole))


def test_the_record_of_a_command_is_there_for_itself(desk: Any) -> None:
    desk.fake.behaves(exit=99, says="[CRITICAL] No such thing")
    desk.post("create-job-list", expid="a2m9", command_id=NAME)
    told = desk.ask(f"/v4/runners/commands/{NAME}", "bob").json()
    assert (told["result"], told["exit_status"], told["reason"]) == ("99", 99, "No such thing")
    assert told["arguments"] == "create -np -- a2m9"
    assert desk.ask(f"/v4/runners/commands/{'f' * 32}", "bob").status == 404


def test_what_there_was_no_room_for_is_not_said_to_go_on(make_desk: Callable[..., Any]) -> None:
    desk = make_desk(commands=1)
    desk.fake.behaves(seconds=2)
    waiting = threading.Thread(
        target=desk.post, args=("create-job-list",), kwargs={"expid": "a2m9"}
    )
    waiting.start()
    while not desk.fake.calls:
        time.sleep(0.02)
    assert desk.post("create-job-list", expid="a1p7", command_id=NAME).status == 503
    told = desk.ask(f"/v4/runners/commands/{NAME}", "bob").json()
    assert (told["result"], told["exit_status"]) == ("not started", None)
    assert told["reason"] == "The server has too much to do at the moment."
    waiting.join()


# -- before it is run ----------------------------------------------------------------------------


def preview(desk: Any, action: str, user: str = "alice", /, **body: Any) -> Any:
    body.setdefault("profile_name", "here")
    answer = desk.ask(f"/v4/runners/preview/{action}", user, "POST", body)
    assert answer.status == 200, answer.body
    return answer.json()


def test_a_preview_tells_word_by_word_what_would_be_run_and_runs_nothing(desk: Any) -> None:
    told = preview(desk, "update-experiment-description", expid="a2m9", description="it's new")
    words = ["updatedescrip", "--", "a2m9", "it's new"]
    assert shlex.split(told["lines"][0]) == ["autosubmit", *words]
    assert told["arguments"] == [[f"{desk.fake.folder}/bin/autosubmit", *words]]
    assert (told["profile"], told["runner"], told["host"]) == ("here", "LOCAL", None)
    assert (told["reason"], told["jobs"]) == (None, None)
    assert desk.fake.calls == []
    desk.post("update-experiment-description", expid="a2m9", description="it's new")
    assert desk.fake.arguments == [words]


def test_a_preview_counts_the_jobs_that_a_change_touches(desk: Any) -> None:
    experiment = desk.server.app.service.archive.experiment("a2m9")
    names = experiment.jobs.name.tolist()
    children = experiment.workflow.connected.children
    chosen = {names.index(JOB), names.index("a2m9_19611101_fc0_1_SIM")}
    after: set[int] = set()
    border = set(chosen)
    while border:
        border = {child for job in border for child in children.of(job)} - after
        after |= border
    params = {"final_status": "READY", "job_names_list": [names[row] for row in chosen]}
    told = preview(desk, "set-job-status", expid="a2m9", command_params=params)["jobs"]
    assert told["chosen"] == 2
    assert told["downstream"] == len(after - chosen) > 2
    assert sum(told["downstream_by_status"].values()) == told["downstream"]
    assert told["chosen_by_status"]["FAILED"] == 1


def test_a_preview_says_why_the_caller_may_not(make_desk: Callable[..., Any]) -> None:
    desk = make_desk(protection_level=Level.NONE)
    about = {"expid": "a2m9", "description": "x"}
    action = "update-experiment-description"
    owner = "Only its owner may do this to experiment a2m9."
    assert preview(desk, action, "bob", **about)["reason"] == owner
    login = "Commands need a login."
    assert preview(desk, action, "", **about, profile_name="open")["reason"] == login
    params = {"final_status": "READY", "job_names_list": [JOB]}
    change = {"expid": "a2m9", "command_params": params}
    assert preview(desk, "set-job-status", "bob", **change)["reason"] == owner
    assert not (desk.fake.folder / "calls").exists(), "nor is Autosubmit asked what it sets"


def test_a_preview_says_that_an_experiment_runs_already_and_what_a_stop_would_end(
    desk: Any,
) -> None:
    assert preview(desk, "run-experiment", expid="a2m9")["reason"] is None
    desk.fake.behaves(seconds=60)
    run(desk)
    said = "Runner for experiment a2m9 is already running."
    assert preview(desk, "run-experiment", expid="a2m9")["reason"] == said
    told = preview(desk, "stop-experiment", expid="a2m9")
    assert (told["reason"], told["lines"]) == (None, ["autosubmit stop a2m9"])
    assert (told["arguments"], told["profile"]) == ([], "here")
    desk.post("stop-experiment", expid="a2m9")
    stopped = preview(desk, "stop-experiment", expid="a2m9")
    assert stopped["reason"] == "Experiment a2m9 is not running."


@pytest.mark.parametrize(
    ("action", "body", "status"),
    [
        ("run-experiment", {"expid": "zzzz"}, 404),
        ("run-experiment", {"expid": "a2m9", "profile_name": "nope"}, 500),
        ("create-experiment", {"command_params": {"description": "x", "copy": "zzzz"}}, 404),
        ("create-experiment", {"command_params": {"description": "x", "hpc": "a b"}}, 422),
        ("stop-experiment", {"expid": "a2m9"}, 500),
        ("nonsense", {}, 422),
    ],
)
def test_what_could_not_be_run_at_all_is_refused_as_the_command_would_be(
    desk: Any, action: str, body: dict[str, Any], status: int
) -> None:
    told = {"profile_name": "here", **body}
    assert desk.ask(f"/v4/runners/preview/{action}", "alice", "POST", told).status == status


def test_the_commands_of_an_experiment_come_with_why_each_may_not_be_run(
    make_desk: Callable[..., Any],
) -> None:
    desk = make_desk(protection_level=Level.NONE)
    desk.configure(ENDPOINTS={"SET_JOB_STATUS": {"ENABLED": False}})

    def told(user: str) -> Any:
        return desk.ask("/v4/experiments/a2m9/commands", user).json()["actions"]

    alice = told("alice")
    assert alice.pop("set-job-status") == "Those who run this server have switched this off."
    said = "No run of it that was started from here goes on."
    assert alice.pop("stop-experiment") == said
    assert set(alice.values()) == {None}
    assert told("")["run-experiment"] == "Commands need a login."
    # A profile for everybody is there for them.
    assert told("bob")["run-experiment"] is None
    desk.configure(PROFILES={"here": {"RUNNER_TYPE": "LOCAL", "MODULE_LOADER_TYPE": "NO_MODULE"}})
    assert told("bob")["run-experiment"] == "Only its owner may do this to experiment a2m9."
    desk.configure(PROFILES={})
    nothing = "No commands can be run from here: this server has no profiles for them."
    assert set(told("alice").values()) == {nothing}
