"""The published commands: bodies, statuses, sentences, and who may have them done."""

from __future__ import annotations

import asyncio
import fcntl
import json
import logging
import os
import shlex
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.api import app
from autosubmit_core.api.access.permission import Level
from autosubmit_core.errors import CommandError, CommandForbiddenError
from autosubmit_core.runners.local import LocalMachine
from autosubmit_core.runners.permissions import Allow, Caller, Ownership
from autosubmit_core.store.commands import is_being_stopped, newest_run

JOB = "a2m9_19611101_fc0_4_POST"


def message(answer: Any) -> str:
    return str(answer.json()["error_message"])


# -- what is published ---------------------------------------------------------------------------


def test_an_experiment_is_run_and_its_status_is_told_until_it_is_over(desk: Any) -> None:
    desk.fake.behaves(waits=True, says="hello")
    answer = desk.post("run-experiment", expid="a2m9")
    assert answer.status == 200, answer.body
    assert answer.json()["message"] == "Experiment a2m9 started successfully."
    told = desk.post("get-runner-run-status", expid="a2m9").json()
    assert (told["expid"], told["status"], told["runner"]) == ("a2m9", "ACTIVE", "LOCAL")
    assert (told["module_loader"], told["modules"]) == ("VENV", str(desk.fake.folder))
    os.kill(told["pid"], 0)
    desk.fake.let_go()
    desk.wait_for("a2m9", "COMPLETED")
    assert desk.fake.arguments == [["run", "a2m9"]]


def test_a_run_that_fails_is_terminated(desk: Any) -> None:
    desk.fake.behaves(exit=3)
    assert desk.post("run-experiment", expid="a2m9").status == 200
    desk.wait_for("a2m9", "TERMINATED")


def test_an_experiment_that_no_server_ever_ran_has_a_status_of_nulls(desk: Any) -> None:
    answer = desk.post("get-runner-run-status", expid="a2m9")
    assert answer.status == 200
    told = answer.json()
    assert told.pop("expid") == "a2m9"
    assert set(told.values()) == {None}


def test_an_experiment_is_created(desk: Any) -> None:
    params = {"description": "two words", "minimal": "yes", "testcase": 1, "copy": None}
    answer = desk.post("create-experiment", command_params={**params, "hpc": "MN5"})
    assert answer.status == 200, answer.body
    assert answer.json()["expid"] == "a0zz"
    assert answer.json()["message"] == "Experiment a0zz created successfully."
    options = ["--description=two words", "--minimal_configuration", "--HPC=MN5", "--testcase"]
    assert desk.fake.arguments == [["expid", *options]]


def test_the_status_of_jobs_is_set(desk: Any) -> None:
    params = {"final_status": "READY", "job_names_list": [JOB], "filter_type": "SIM"}
    answer = desk.post("set-job-status", expid="a2m9", command_params=params)
    assert answer.status == 200, answer.body
    assert answer.json() == {"message": "Job status for experiment a2m9 set successfully."}
    options = [f"--list={JOB}", "--status_final=READY", "--filter_type=SIM", "--", "a2m9"]
    assert desk.fake.arguments == [["setstatus", "-np", "-nt", "-s", *options]]


def test_a_job_list_is_created_and_an_experiment_described(desk: Any) -> None:
    params = {"force": True}
    assert desk.post("create-job-list", expid="a2m9", command_params=params).status == 200
    answer = desk.post("update-experiment-description", expid="a2m9", description="-v\nx")
    assert answer.json() == {"message": "Description for experiment a2m9 updated successfully."}
    assert desk.fake.arguments == [
        ["create", "-np", "--force", "--", "a2m9"],
        ["updatedescrip", "--", "a2m9", "-v x"],
    ]


def test_a_profile_that_makes_no_sense_is_said_in_the_published_words(desk: Any) -> None:
    here = {"RUNNER_TYPE": "LOCAL", "MODULE_LOADER_TYPE": "NO_MODULE"}
    desk.configure(
        PROFILES={
            "bare": {"RUNNER_TYPE": "LOCAL"},
            "odd": {**here, "RUNNER_TYPE": "FOO"},
            "bad": {**here, "MODULE_LOADER_TYPE": "BAD", "MODULES": "a"},
            "relative": {**here, "MODULE_LOADER_TYPE": "VENV", "MODULES": "opt/as"},
            "two": {**here, "MODULE_LOADER_TYPE": "CONDA", "MODULES": ["a", "b"]},
            "small": {**here, "RUNNER_TYPE": "ssh"},
        }
    )
    said = {
        "nothing": "Invalid profile name",
        "bare": "Profile is missing required fields",
        "odd": "Unknown runner type: FOO",
        "bad": "Unknown module type: BAD",
        "relative": "Venv path must be an absolute path",
        "two": "Conda environment name must be a string or a list containing a single string",
        "small": "SSH host must be provided for SSHRunner.",
    }
    for name, reason in said.items():
        answer = desk.post("run-experiment", expid="a2m9", profile_name=name)
        assert answer.status == 500, name
        assert message(answer) == f"Failed to run experiment a2m9: {reason}"


@pytest.mark.parametrize("left_out", ["RUNNER_TYPE", "MODULE_LOADER_TYPE"])
def test_what_runs_a_command_is_never_a_clients_choice(
    desk: Any, profiles: dict[str, Any], left_out: str
) -> None:
    here = {name: value for name, value in profiles["here"].items() if name != left_out}
    desk.configure(PROFILES={"here": here})
    params = {left_out: profiles["here"][left_out]}
    answer = desk.post("create-job-list", expid="a2m9", profile_params=params)
    assert answer.status == 500
    assert message(answer).endswith("Profile is missing required fields")
    assert desk.fake.calls == []


def test_what_does_not_run_cannot_be_stopped(desk: Any) -> None:
    answer = desk.post("stop-experiment", expid="a2m9")
    assert answer.status == 500
    said = "Failed to stop experiment a2m9: No process found for expid a2m9"
    assert message(answer) == said
    desk.post("run-experiment", expid="a2m9")
    desk.wait_for("a2m9", "COMPLETED")
    said = "Failed to stop experiment a2m9: Experiment a2m9 is not running."
    assert message(desk.post("stop-experiment", expid="a2m9")) == said


def test_a_switch_that_is_off_is_a_403(desk: Any) -> None:
    desk.configure(ENDPOINTS={"RUNNER_RUN": {"ENABLED": False}})
    answer = desk.post("run-experiment", expid="a2m9")
    assert answer.status == 403
    assert message(answer) == "The run-experiment endpoint is currently disabled."
    told = desk.ask("/v4/runners/configuration/endpoints", "alice").json()
    assert {name: switch["ENABLED"] for name, switch in told.items()} == {
        "SET_JOB_STATUS": True,
        "CREATE_EXPERIMENT": True,
        "RUNNER_RUN": False,
        "UPDATE_EXPERIMENT_DETAILS": True,
    }


def test_without_a_file_nothing_can_be_run(make_desk: Callable[..., Any], tmp_path: Path) -> None:
    desk = make_desk(api_config_file=tmp_path / "none.yaml")
    told = desk.ask("/v4/runners/configuration/endpoints", "alice").json()
    assert not any(switch["ENABLED"] for switch in told.values())
    assert desk.ask("/v4/runners/configuration/profiles", "alice").json() == {}
    assert desk.post("run-experiment", expid="a2m9").status == 403


def test_a_body_is_refused_field_by_field_in_the_published_words(desk: Any) -> None:
    answer = desk.ask("/v4/runners/command/run-experiment", "alice", "POST", {"expid": 7})
    assert answer.status == 422
    expected = "Invalid value for 'expid': Input should be a valid string"
    assert message(answer) == f"{expected}; Invalid value for 'profile_name': Field required"
    answer = desk.post("create-experiment", command_params={"description": "x", "minimal": None})
    assert message(answer) == (
        "Invalid value for 'command_params.minimal': Input should be a valid boolean"
    )
    answer = desk.post("create-experiment", command_params={"description": ""})
    assert answer.status == 400
    assert message(answer) == "Description is required to create an experiment."


def test_what_autosubmit_gui_sends_is_understood(desk: Any) -> None:
    """With its nulls, its empty objects, and a status that Autosubmit does not set."""
    profile = {"profile_name": "here", "profile_params": {}}
    described = {"description": "x", "hpc": None, "operational": False, "testcase": False}
    nulls = dict.fromkeys(("git_repo", "git_branch", "config_path", "copy"))
    params = {**described, **nulls, "minimal": True, "use_local_minimal": False}
    assert desk.post("create-experiment", **profile, command_params=params).status == 200
    change = {"final_status": "WAITING", "job_names_list": [JOB]}
    asked = {"expid": "a2m9", **profile}
    assert desk.post("set-job-status", **asked, command_params=change).status == 200
    change = {"final_status": "FAILED", "job_names_list": [JOB]}
    assert desk.post("set-job-status", **asked, command_params=change).status == 422
    assert desk.post("run-experiment", **asked).status == 200


# -- RS-6, S-02: who may -------------------------------------------------------------------------

ACTS: dict[str, dict[str, Any]] = {
    "run-experiment": {"expid": "a2m9"},
    "stop-experiment": {"expid": "a2m9"},
    "create-job-list": {"expid": "a2m9"},
    "set-job-status": {
        "expid": "a2m9",
        "command_params": {"final_status": "READY", "job_names_list": [JOB]},
    },
    "update-experiment-description": {"expid": "a2m9", "description": "x"},
}


@pytest.mark.parametrize("action", ACTS)
def test_rs6_only_owners_and_administrators_act_on_an_experiment(desk: Any, action: str) -> None:
    desk.fake.behaves(seconds=30 if action == "stop-experiment" else 0)
    if action == "stop-experiment":
        desk.post("run-experiment", expid="a2m9")
    refused = desk.post(action, "bob", **ACTS[action])
    assert refused.status == 403, refused.body
    assert message(refused) == "Only its owner may do this to experiment a2m9."
    assert desk.post(action, "boss", **ACTS[action]).status == 200


def test_rs6_a_profile_says_who_else_may(desk: Any, profiles: dict[str, Any]) -> None:
    here = profiles["here"]
    desk.configure(
        PROFILES={
            "any": {**here, "ALLOW": "any"},
            "group": {**here, "ALLOW": "group"},
            "users": {**here, "ALLOW": {"users": ["cas:bob"]}},
        }
    )
    act = ("update-experiment-description", "bob")
    statuses = {
        name: desk.post(*act, expid="a2m9", description="x", profile_name=name).status
        for name in ("any", "group", "users")
    }
    assert statuses == {"any": 200, "group": 403, "users": 200}
    assert set(desk.ask("/v4/runners/configuration/profiles", "carol").json()) == {"any", "group"}


def test_rs6_who_created_an_experiment_here_owns_it(desk: Any) -> None:
    """Its folder belongs to the account of the server then."""
    desk.fake.behaves()
    desk.post("create-experiment", "bob", command_params={"description": "x"})
    told = desk.ask("/v4/experiments/a2m9/commands", "bob").json()
    assert told["profiles"]["here"] == "Only its owner may do this to experiment a2m9."
    assert told["profiles"]["open"] is None
    runners = desk.server.app.service.runners
    (desk.folder / "a0zz").mkdir()
    runners.rule.check(runners.caller("cas:bob"), "run-experiment", "a0zz", Allow())


def test_rs6_of_a_name_that_is_given_again_the_newest_creator_owns_it(desk: Any) -> None:
    for user in ("bob", "carol"):
        desk.post("create-experiment", user, command_params={"description": "x"})
    (desk.folder / "a0zz").mkdir()
    runners = desk.server.app.service.runners
    runners.rule.check(runners.caller("cas:carol"), "run-experiment", "a0zz", Allow())
    with pytest.raises(CommandForbiddenError):
        runners.rule.check(runners.caller("cas:bob"), "run-experiment", "a0zz", Allow())


def test_rs6_what_another_account_made_again_is_not_its_first_creators(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule, bob = Ownership(lambda expid: tmp_path, lambda expid: "cas:bob"), Caller("cas:bob")
    rule.check(bob, "run-experiment", "a0zz", Allow())
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(CommandForbiddenError):
        rule.check(bob, "run-experiment", "a0zz", Allow())


def test_rs6_nobody_becomes_the_owner_of_what_was_there_by_what_a_program_prints(
    desk: Any, fake: Any
) -> None:
    program = fake.folder / "bin" / "autosubmit"
    program.write_text(program.read_text().replace("a0zz", "a2m9"))
    answer = desk.post("create-experiment", "bob", command_params={"description": "x"})
    assert answer.status == 500
    assert message(answer).endswith("Failed to extract experiment ID from output.")
    refused = desk.post("create-job-list", "bob", expid="a2m9")
    assert refused.status == 403


@pytest.mark.parametrize("level", Level)
def test_s02_commands_need_a_token_at_every_level(
    make_desk: Callable[..., Any], level: Level
) -> None:
    desk = make_desk(protection_level=level)
    for action, body in ACTS.items():
        assert desk.post(action, "", **body, profile_name="open").status == 401
    assert desk.fake.calls == []


def test_s02_one_setting_lets_nobody_in_particular_act_where_a_profile_allows_anybody(
    make_desk: Callable[..., Any],
) -> None:
    desk = make_desk(protection_level=Level.NONE, anonymous_commands=True)
    act = ("update-experiment-description", "")
    assert desk.post(*act, expid="a2m9", description="x").status == 403
    assert desk.post(*act, expid="a2m9", description="x", profile_name="open").status == 200


def test_s32_a_command_has_to_be_said_to_be_json(desk: Any) -> None:
    path = "/v4/runners/command/stop-experiment"
    assert desk.ask(path, "alice", "POST", b'{"expid": "a2m9"}').status == 415


# -- RS-8, RS-15 ---------------------------------------------------------------------------------


def test_rs8_of_many_who_run_an_experiment_at_one_moment_one_does(
    make_desk: Callable[..., Any],
) -> None:
    desks = [make_desk() for _ in range(2)]
    desks[0].fake.behaves(seconds=60)
    answers: list[Any] = []

    def ask(number: int) -> None:
        answers.append(desks[number % 2].post("run-experiment", expid="a2m9"))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status for answer in answers) == [200] + [409] * 23
    said = "Failed to run experiment a2m9: Runner for experiment a2m9 is already running."
    assert {message(answer) for answer in answers if answer.status == 409} == {said}
    desks[0].fake.wait_for_a_call()
    assert desks[0].post("stop-experiment", expid="a2m9").status == 200
    assert desks[0].fake.arguments == [["run", "a2m9"]]


def test_rs15_commands_beyond_the_limit_are_told_to_come_back(
    make_desk: Callable[..., Any],
) -> None:
    desk = make_desk(commands=1)
    desk.fake.behaves(waits=True)
    waiting = threading.Thread(
        target=desk.post, args=("create-job-list",), kwargs={"expid": "a2m9"}
    )
    waiting.start()
    desk.fake.wait_for_a_call()
    answer = desk.post("create-job-list", expid="a1p7")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    refused = desk.post("run-experiment", expid="a1p7")
    assert refused.status == 503
    desk.fake.let_go()
    waiting.join()
    # What was not started is not taken for running.
    assert desk.post("run-experiment", expid="a1p7").status == 200


def test_rs15_others_are_served_while_a_command_is_waited_for(desk: Any) -> None:
    desk.fake.behaves(waits=True)
    waiting = threading.Thread(
        target=desk.post, args=("create-job-list",), kwargs={"expid": "a2m9"}
    )
    waiting.start()
    desk.fake.wait_for_a_call()
    assert desk.server.ask("/").status == 200
    assert waiting.is_alive()
    desk.fake.let_go()
    waiting.join()


def test_rs15_a_machine_that_does_not_answer_holds_up_no_other_answer(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = threading.Event()
    monkeypatch.setattr(
        desk.server.app.service.runners.runs, "status", lambda expid: answers.wait(20) and None
    )
    asking = [threading.Thread(target=desk.status, args=("a2m9",)) for _ in range(12)]
    for thread in asking:
        thread.start()
    try:
        time.sleep(0.5)
        assert desk.ask("/v4/experiments", "alice").status == 200
        assert not answers.is_set()
        assert all(thread.is_alive() for thread in asking)
    finally:
        answers.set()
        for thread in asking:
            thread.join()


def test_s31_too_many_commands_within_a_minute_are_a_429(desk: Any) -> None:
    statuses = [desk.post("run-experiment", expid="A").status for _ in range(61)]
    assert statuses == [422] * 60 + [429]


# -- RS-11 ---------------------------------------------------------------------------------------


def test_rs11_stop_ends_that_very_run_and_no_other(desk: Any) -> None:
    desk.fake.behaves(seconds=60)
    for expid in ("a2m9", "a1p7"):
        assert desk.post("run-experiment", expid=expid).status == 200
    answer = desk.post("stop-experiment", expid="a2m9")
    assert (answer.status, answer.json()["message"]) == (
        200,
        "Experiment a2m9 stopped successfully.",
    )
    # It ended with 0, and yet it was stopped.
    assert (desk.status("a2m9"), desk.status("a1p7")) == ("TERMINATED", "ACTIVE")
    assert desk.post("stop-experiment", expid="a1p7").status == 200


def test_rs11_a_run_of_that_name_in_another_installation_goes_on(desk: Any, tmp_path: Path) -> None:
    desk.fake.behaves(seconds=60)
    theirs = subprocess.Popen(
        [desk.fake.folder / "bin" / "autosubmit", "run", "a2m9"],
        env={"AUTOSUBMIT_CONFIGURATION": str(tmp_path / "theirs")},
        stdin=subprocess.DEVNULL,
    )
    try:
        assert desk.post("run-experiment", expid="a2m9").status == 200
        desk.fake.wait_for_a_call(2)
        assert desk.post("stop-experiment", expid="a2m9").status == 200
        assert desk.status("a2m9") == "TERMINATED"
        assert theirs.poll() is None
        # Now there is none of ours, and theirs is not taken for it.
        assert desk.post("stop-experiment", expid="a2m9").status == 500
        assert theirs.poll() is None
    finally:
        theirs.kill()
        theirs.wait()
    assert desk.fake.arguments == [["run", "a2m9"]] * 2


def test_rs11_others_are_served_while_a_run_is_stopped(desk: Any) -> None:
    desk.configure(STOP_SECONDS=60)
    desk.fake.behaves(seconds=600, lingers=True)
    assert desk.post("run-experiment", expid="a2m9").status == 200
    desk.fake.wait_for_a_call()
    with ThreadPoolExecutor() as clients:
        stopping = clients.submit(desk.post, "stop-experiment", expid="a2m9")
        while not is_being_stopped(desk.server.app.service.runners.database, "a2m9"):
            assert not stopping.done()
        assert desk.server.ask("/").status == 200
        assert not stopping.done()
        desk.fake.let_go()
        assert stopping.result().status == 200


def test_rs11_what_does_not_end_in_time_is_said_to_run_still(desk: Any) -> None:
    desk.configure(STOP_SECONDS=1)
    desk.fake.behaves(seconds=60, lingers=True, interrupted=2)
    desk.post("run-experiment", expid="a2m9")
    desk.fake.wait_for_a_call()
    pid = desk.post("get-runner-run-status", expid="a2m9").json()["pid"]
    answer = desk.post("stop-experiment", expid="a2m9")
    said = f"Failed to stop experiment a2m9: timeout after 1 seconds (pid={pid})"
    assert (answer.status, message(answer)) == (500, said)
    assert desk.status("a2m9") == "ACTIVE"
    desk.fake.let_go()
    desk.wait_for("a2m9", "TERMINATED")


def test_a_name_of_a_command_that_is_taken_names_no_other(desk: Any) -> None:
    desk.fake.behaves(seconds=60)
    name = "ab" * 16
    assert desk.post("run-experiment", expid="a2m9", command_id=name).status == 200
    for action in ("run-experiment", "create-job-list"):
        refused = desk.post(action, expid="a1p7", command_id=name)
        assert refused.status == 422, refused.body
        assert message(refused) == "Invalid value for 'command_id': there is a command of this name"
    assert (desk.status("a1p7"), desk.status("a2m9")) == (None, "ACTIVE")
    assert desk.post("stop-experiment", expid="a2m9").status == 200


# -- what others could have written ---------------------------------------------------------------


@pytest.mark.parametrize("how", ["link", "mode"])
def test_a_folder_of_commands_that_others_made_is_not_used(
    desk: Any, tmp_path: Path, how: str
) -> None:
    folder = desk.folder / "api_runners"
    if how == "link":
        (tmp_path / "theirs").mkdir(mode=0o700)
        folder.symlink_to(tmp_path / "theirs")
    else:
        folder.mkdir()
        folder.chmod(0o770)
    answer = desk.post("create-job-list", expid="a2m9")
    assert answer.status == 500
    assert "api_runners, is not this server's alone" in message(answer)
    assert desk.fake.calls == []


@pytest.mark.parametrize("how", ["link", "mode"])
def test_a_record_of_runs_that_others_can_write_is_not_believed(
    desk: Any, tmp_path: Path, how: str
) -> None:
    assert desk.post("create-job-list", expid="a2m9").status == 200
    file = desk.folder / "api_runners.db"
    if how == "link":
        file.rename(tmp_path / "theirs.db")
        file.symlink_to(tmp_path / "theirs.db")
    else:
        file.chmod(0o660)
    answer = desk.post("create-job-list", expid="a2m9")
    assert answer.status >= 500
    assert "api_runners.db is not a file that this server alone can write" in message(answer)
    assert len(desk.fake.calls) == 1


def test_rs10_runs_are_looked_at_again_whatever_has_ended_a_look(
    desk: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    service = desk.server.app.service
    looks: list[None] = []

    def fails() -> None:
        looks.append(None)
        raise ValueError("of somebody else")

    monkeypatch.setattr(service.runners, "watch", fails)
    monkeypatch.setattr(app, "WATCH_SECONDS", 0.01)
    with pytest.raises(asyncio.TimeoutError):
        asyncio.run(asyncio.wait_for(app._watch(service), 0.5))
    assert len(looks) > 1
    assert "what has become of the runs is not known" in caplog.text


def test_a_record_that_is_spoilt_stands_in_the_way_of_no_other(desk: Any) -> None:
    desk.fake.behaves(seconds=1)
    for expid in ("a2m9", "a1p7"):
        assert desk.post("run-experiment", expid=expid).status == 200
    runners = desk.server.app.service.runners
    with sqlite3.connect(runners.database) as database:
        spoilt = "UPDATE runner_processes SET runner_extra_params='{' WHERE expid='a2m9'"
        database.execute(spoilt)
    database.close()
    end = time.monotonic() + 20
    while (row := newest_run(runners.database, "a1p7")) and row.status != "COMPLETED":
        runners.watch()
        assert time.monotonic() < end
        time.sleep(0.05)


# -- RS-12, RS-13 --------------------------------------------------------------------------------


def test_rs12_a_command_sees_a_short_environment_and_no_input(
    desk: Any, monkeypatch: pytest.MonkeyPatch, profiles: dict[str, Any]
) -> None:
    for name in ("SECRET_KEY", "X_TOKEN", "MY_PASSWORD", "OIDC_CLIENT_ID", "CAS_SERVER_URL", "Y"):
        monkeypatch.setenv(name, "hidden")
    desk.configure(PROFILES={"here": {**profiles["here"], "ENVIRONMENT": {"Y": None, "Z": 1}}})
    desk.post("create-job-list", expid="a2m9")
    [(_, environment, folder, given)] = desk.fake.calls
    allowed = {"PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ"}
    assert set(environment) <= allowed | {"AUTOSUBMIT_CONFIGURATION", "Y", "Z"}
    assert (environment["Y"], environment["Z"]) == ("hidden", "1")
    assert environment["AUTOSUBMIT_CONFIGURATION"] == str(desk.folder / "autosubmitrc")
    assert folder.startswith(str(desk.folder / "api_runners"))
    assert given == ""


def test_rs12_what_takes_too_long_is_ended(desk: Any) -> None:
    desk.configure(COMMAND_SECONDS=1)
    desk.fake.behaves(seconds=50)
    answer = desk.post("create-job-list", expid="a2m9")
    said = "The command took too long and was ended."
    assert answer.status == 500
    assert message(answer) == f"Failed to create job list for experiment a2m9: {said}"


def test_rs12_nothing_is_left_of_what_took_too_long(desk: Any) -> None:
    """Neither what was run nor what that has started: both hold a lock as long as they live."""
    desk.configure(COMMAND_SECONDS=1)
    desk.fake.behaves(seconds=600, forks=True)
    (desk.fake.folder / "lock").touch()
    assert desk.post("create-job-list", expid="a2m9").status == 500
    end = time.monotonic() + 20
    with (desk.fake.folder / "lock").open() as lock:
        while True:
            try:
                return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                assert time.monotonic() < end
                time.sleep(0.05)


def test_rs12_what_prints_without_end_is_ended(desk: Any) -> None:
    desk.fake.behaves(endless=True)
    answer = desk.post("create-job-list", expid="a2m9")
    assert answer.status == 500
    assert message(answer).endswith("The command printed too much and was ended.")


def test_rs13_a_failure_is_told_in_autosubmits_words_without_paths_and_command_lines(
    desk: Any,
) -> None:
    said = "\x1b[31m[CRITICAL] Error in the supplied input for -fl in /home/x/y [eCode=7011]\x1b[0m"
    desk.fake.behaves(says=said, exit=99)
    params = {"final_status": "READY", "job_names_list": [JOB]}
    answer = desk.post("set-job-status", expid="a2m9", command_params=params)
    begin = "Failed to set job status for experiment a2m9: "
    assert answer.status == 500
    assert message(answer) == (f"{begin}Error in the supplied input for -fl in … [eCode=7011]")
    desk.fake.behaves(exit=7)
    answer = desk.post("set-job-status", expid="a2m9", command_params=params)
    assert message(answer) == f"{begin}Autosubmit ended with exit status 7."


# -- RS-14 ---------------------------------------------------------------------------------------


def test_rs14_every_command_is_written_down_done_or_refused(
    desk: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="autosubmit_core.audit")
    desk.fake.behaves(seconds=0)
    acts = {
        **{name: body for name, body in ACTS.items() if name != "stop-experiment"},
        "create-experiment": {"command_params": {"description": "x"}},
    }
    for action, body in acts.items():
        assert desk.post(action, **body).status == 200, action
        assert desk.post(action, "bob", **body, profile_name="nope").status == 500, action
    desk.wait_for("a2m9", "COMPLETED")
    desk.post("stop-experiment", expid="a2m9")
    found = [one for one in caplog.records if one.name == "autosubmit_core.audit"]
    records = [json.loads(one.getMessage()) for one in found]
    results = [(one["action"], one["result"]) for one in records]
    expected = [(name, result) for name in acts for result in ("done", "command_failed")]
    assert results == [*expected, ("stop-experiment", "command_failed")]
    first = records[0]
    assert (first["user"], first["address"], first["expid"]) == ("cas:alice", "127.0.0.1", "a2m9")
    assert (first["profile"], first["arguments"]) == ("here", "run a2m9")
    assert float(first["seconds"]) > 0


def test_rs14_every_refusal_is_written_down_with_its_reason(
    desk: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="autosubmit_core.audit")
    path = "/v4/runners/command/create-job-list"
    desk.configure(ENDPOINTS={"SET_JOB_STATUS": {"ENABLED": False}})
    answers = [
        desk.post("create-job-list", "", expid="a2m9"),
        desk.post("create-job-list", "bob", expid="a2m9"),
        desk.post("create-job-list", expid="zzzz"),
        desk.post("create-job-list", expid="../x"),
        desk.post("set-job-status", **ACTS["set-job-status"]),
        desk.ask(path, "alice", "POST", b'{"expid": "a2m9"}'),
    ]
    assert [answer.status for answer in answers] == [401, 403, 404, 422, 403, 415]
    records = [
        json.loads(one.getMessage())
        for one in caplog.records
        if one.name == "autosubmit_core.audit"
    ]
    assert [one["result"] for one in records] == [answer.json()["code"] for answer in answers]
    assert desk.fake.calls == []


def test_rs14_a_record_has_all_that_was_run_word_by_word(
    desk: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="autosubmit_core.audit")
    line = "two words " + "x" * 500
    desk.post("update-experiment-description", expid="a2m9", description=line)
    told = json.loads(caplog.records[-1].getMessage())
    assert told["arguments"] == shlex.join(["updatedescrip", "--", "a2m9", line])


def test_rs9_profiles_of_others_are_not_named(desk: Any, profiles: dict[str, Any]) -> None:
    theirs = {**profiles["here"], "ALLOW": {"users": ["cas:bob"]}}
    desk.configure(PROFILES={**profiles, "theirs": theirs})
    for user, named in (("bob", True), ("carol", False)):
        told = desk.ask("/v4/experiments/a2m9/commands", user).json()["profiles"]
        assert ("theirs" in told, "here" in told) == (named, True)


# -- live output ---------------------------------------------------------------------------------


def test_what_a_command_prints_is_told_while_it_runs(desk: Any) -> None:
    desk.fake.behaves(waits=True, says="\x1b[32mhalf an é\x1b[0m")
    name = "0123456789abcdef" * 2
    asked = {"expid": "a2m9", "command_id": name}
    waiting = threading.Thread(target=desk.post, args=("create-job-list",), kwargs=asked)
    waiting.start()
    path = f"/v4/runners/commands/{name}/output"
    end = time.monotonic() + 10
    while (answer := desk.ask(path, "bob")).status == 404 or not answer.json()["output"]:
        assert time.monotonic() < end
        time.sleep(0.02)
    told = answer.json()
    assert (told["action"], told["user"], told["ended"]) == ("create-job-list", "cas:alice", None)
    assert told["output"] == "half an é\n"
    desk.fake.let_go()
    waiting.join()
    rest = desk.ask(f"{path}?after={told['next']}", "bob").json()
    assert (rest["output"], rest["result"]) == ("", "done")
    assert rest["ended"] is not None
    [listed] = desk.ask("/v4/experiments/a2m9/commands", "bob").json()["commands"]
    assert listed["command_id"] == name


def test_what_is_waited_for_is_over_when_its_machine_cannot_be_asked_any_more(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(*asked: object) -> None:
        raise CommandError("The machine does not answer.")

    monkeypatch.setattr(LocalMachine, "look", nothing)
    monkeypatch.setattr(LocalMachine, "start", lambda *order: 1)
    answer = desk.post("create-job-list", expid="a2m9")
    assert message(answer).endswith("The machine does not answer.")
    [told] = desk.ask("/v4/experiments/a2m9/commands", "alice").json()["commands"]
    assert told["result"] == "unknown"
    assert told["ended"] is not None


def test_no_command_printed_more_than_any_file_holds(desk: Any) -> None:
    path = f"/v4/runners/commands/{'0' * 32}/output"
    assert desk.ask(f"{path}?after={2**70}", "alice").status == 422


def test_no_name_of_a_command_leads_anywhere_else(desk: Any) -> None:
    for name in ("..", "x" * 32, "0" * 32):
        assert desk.ask(f"/v4/runners/commands/{name}/output", "alice").status == 404
    answer = desk.post("create-job-list", expid="a2m9", command_id="../../x")
    assert answer.status == 422


def test_a_stop_is_written_down_with_who_asked_for_it_and_how_it_went(desk: Any) -> None:
    desk.configure(STOP_SECONDS=1)
    desk.fake.behaves(seconds=60, lingers=True)
    desk.post("run-experiment", expid="a2m9")
    desk.fake.wait_for_a_call()
    assert desk.post("stop-experiment", "boss", expid="a2m9").status == 500
    desk.fake.let_go()
    desk.wait_for("a2m9", "COMPLETED")
    [stop, run] = desk.ask("/v4/experiments/a2m9/commands", "bob").json()["commands"]
    assert (stop["action"], stop["user"], stop["result"]) == (
        "stop-experiment",
        "cas:boss",
        "failed",
    )
    assert stop["reason"].startswith("timeout after 1 seconds")
    assert (run["user"], run["result"], run["exit_status"]) == ("cas:alice", "done", 0)
    assert run["arguments"] == "run a2m9"


def test_a_command_that_nobody_waits_for_any_more_is_not_said_to_go_on_for_ever(
    desk: Any,
) -> None:
    desk.post("create-job-list", expid="a2m9")
    runners = desk.server.app.service.runners
    with closing(sqlite3.connect(runners.database)) as database, database:
        database.execute("UPDATE runner_commands SET ended = NULL, result = NULL, created = 0")
    runners.watch()
    [told] = desk.ask("/v4/experiments/a2m9/commands", "alice").json()["commands"]
    assert (told["result"], told["exit_status"]) == ("done", 0)
