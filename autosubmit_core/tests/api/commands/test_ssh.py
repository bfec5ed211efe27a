"""Commands over a real SSH server: words, host keys, ports, ends (RS-1, RS-5, RS-7, RS-10, RS-11)."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.errors import CommandError, CommandForbiddenError, UnconfirmedError
from autosubmit_core.runners import remote_scripts, ssh
from autosubmit_core.runners.machine import Seen
from autosubmit_core.runners.permissions import Allow

Sshd = Any


@pytest.fixture
def hub(
    desk: Any, sshd: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, profiles: dict[str, Any]
) -> Any:
    """A desk whose profile ``here`` is this machine, reached over SSH."""
    ssh = {"HOST": "127.0.0.1", "PORT": sshd.port, "USERNAME": sshd.user}
    desk.configure(
        SSH_KEY=str(sshd.key),
        KNOWN_HOSTS=str(sshd.known_hosts),
        PROFILES={"here": {**profiles["here"], "RUNNER_TYPE": "SSH", "SSH": ssh}},
    )
    return desk


def test_rs1_rs2_words_arrive_as_they_are(hub: Any, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    for text in (f"$(touch {mark})", f"'; touch {mark}; '", f'-v `touch {mark}` \\ !x é " # *'):
        answer = hub.post("update-experiment-description", expid="a2m9", description=text)
        assert answer.status == 200, answer.body
        assert hub.fake.arguments[-1] == ["updatedescrip", "--", "a2m9", text]
    assert not mark.exists()


def test_rs10_a_run_over_ssh_that_ends_well_is_completed(hub: Any) -> None:
    hub.fake.behaves(waits=True, says="hello")
    assert hub.post("run-experiment", expid="a2m9").status == 200
    told = hub.post("get-runner-run-status", expid="a2m9").json()
    assert (told["runner"], told["status"]) == ("SSH", "ACTIVE")
    hub.fake.let_go()
    hub.wait_for("a2m9", "COMPLETED", seconds=40)
    output = hub.ask(f"/v4/runners/commands/{told['command_id']}/output", "alice").json()
    assert (output["output"], output["result"]) == ("hello\n", "done")


def test_rs10_a_run_over_ssh_that_fails_is_terminated(hub: Any) -> None:
    hub.fake.behaves(exit=3)
    hub.post("run-experiment", expid="a2m9")
    hub.wait_for("a2m9", "TERMINATED", seconds=40)


def test_rs11_a_run_over_ssh_is_stopped_on_its_own_port(hub: Any) -> None:
    hub.fake.behaves(seconds=60)
    hub.post("run-experiment", expid="a2m9")
    hub.fake.wait_for_a_call()
    assert hub.post("run-experiment", expid="a2m9").status == 409
    answer = hub.post("stop-experiment", expid="a2m9")
    assert answer.status == 200, answer.body
    assert hub.status("a2m9") == "TERMINATED"


def test_rs12_a_command_over_ssh_has_its_limits(hub: Any) -> None:
    hub.configure(COMMAND_SECONDS=4)
    hub.fake.behaves(seconds=50)
    answer = hub.post("create-job-list", expid="a2m9")
    assert answer.json()["error_message"].endswith("The command took too long and was ended.")
    environment = hub.fake.calls[0][1]
    assert environment["AUTOSUBMIT_CONFIGURATION"] == str(hub.folder / "autosubmitrc")
    assert not [name for name in environment if "SECRET" in name or "TOKEN" in name]


def test_rs7_a_host_whose_key_has_changed_is_not_told_anything(hub: Any, sshd: Sshd) -> None:
    sshd.stop()
    sshd.make_key("host")
    sshd.start()
    answer = hub.post("create-job-list", expid="a2m9")
    assert answer.status == 500
    assert "host key of 127.0.0.1 is not the known one" in answer.json()["error_message"]
    assert hub.fake.calls == []
    assert "Accepted" not in (sshd.folder / "log").read_text()


def test_rs7_a_host_that_nobody_has_vouched_for_is_not_told_anything(hub: Any, sshd: Sshd) -> None:
    sshd.known_hosts.write_text("")
    answer = hub.post("create-job-list", expid="a2m9")
    assert answer.status == 500
    assert "host key of 127.0.0.1 is not the known one" in answer.json()["error_message"]
    assert hub.fake.calls == []
    assert "Accepted" not in (sshd.folder / "log").read_text()


def test_rs7_a_key_that_others_may_read_is_not_shown(hub: Any, sshd: Sshd) -> None:
    sshd.key.chmod(0o644)
    answer = hub.post("create-job-list", expid="a2m9")
    assert answer.status == 500
    assert "can be read by others" in answer.json()["error_message"]
    assert "Accepted" not in (sshd.folder / "log").read_text()


def test_rs5_an_account_is_the_callers_own(hub: Any, sshd: Sshd, profiles: dict[str, Any]) -> None:
    ssh = {"HOST": "127.0.0.1", "PORT": sshd.port}
    here = {**profiles["here"], "RUNNER_TYPE": "SSH", "SSH": ssh, "ALLOW": "any"}
    hub.configure(PROFILES={"here": here})
    asked = {"expid": "a2m9", "profile_params": {"SSH": {"USERNAME": sshd.user}}}
    assert hub.post("create-job-list", "bob", **asked).status == 403
    assert "Accepted" not in (sshd.folder / "log").read_text()
    assert hub.post("create-job-list", "alice", **asked).status == 200


def test_rs6_what_an_account_of_another_machine_prints_makes_nobody_an_owner(hub: Any) -> None:
    assert hub.post("create-experiment", "bob", command_params={"description": "x"}).status == 200
    runners = hub.server.app.service.runners
    with pytest.raises(CommandForbiddenError):
        runners.rule.check(runners.caller("cas:bob"), "run-experiment", "a0zz", Allow())


def test_a_run_whose_start_was_not_confirmed_is_not_taken_for_over(
    hub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.fake.behaves(seconds=60)
    heard = ssh._answer

    def lost(told: bytes) -> bytes:
        monkeypatch.setattr(ssh, "_answer", heard)
        raise UnconfirmedError("The connection was lost.")

    monkeypatch.setattr(ssh, "_answer", lost)
    assert hub.post("run-experiment", expid="a2m9").status == 500
    assert hub.post("run-experiment", expid="a2m9").status == 409
    hub.wait_for("a2m9", "ACTIVE")
    hub.fake.wait_for_a_call()
    assert hub.post("stop-experiment", expid="a2m9").status == 200
    assert hub.fake.arguments == [["run", "a2m9"]]


@pytest.mark.parametrize(
    "heard",
    [b"", b"4711\n", remote_scripts.ANSWER + b"h x 1 -\n", remote_scripts.ANSWER + b"\xff"],
)
def test_an_answer_that_makes_no_sense_says_nothing_about_a_command(heard: bytes) -> None:
    with pytest.raises(CommandError):
        ssh._seen(ssh._answer(heard))


def test_what_an_account_prints_at_every_login_is_no_answer() -> None:
    heard = b"Welcome 1 2 3\n" + remote_scripts.ANSWER + b"h 7 1 -\n"
    assert ssh._seen(ssh._answer(heard)) == Seen(7, True)


def test_more_than_an_answer_is_not_read(hub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_scripts, "look", lambda *_: "exec cat /dev/zero")
    answer = hub.post("create-job-list", expid="a2m9")
    assert answer.status == 500
    assert "127.0.0.1 says too much." in answer.json()["error_message"]


def test_rs5_no_other_host_is_connected_to(hub: Any, profiles: dict[str, Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.5)
        ssh = {"USERNAME": "root", "HOSTS": ["hub.example.org"]}
        hub.configure(PROFILES={"here": {**profiles["here"], "RUNNER_TYPE": "SSH", "SSH": ssh}})
        told = {"HOST": "127.0.0.1", "PORT": str(listener.getsockname()[1])}
        answer = hub.post("create-job-list", expid="a2m9", profile_params={"SSH": told})
        assert answer.status == 403
        with pytest.raises(TimeoutError):
            listener.accept()


def test_a_host_that_does_not_answer_says_nothing_about_its_runs(hub: Any, sshd: Sshd) -> None:
    hub.fake.behaves(seconds=60)
    hub.post("run-experiment", expid="a2m9")
    sshd.stop()
    assert hub.status("a2m9") == "ACTIVE"
    answer = hub.post("stop-experiment", expid="a2m9")
    assert answer.status == 500
    assert "127.0.0.1 cannot be reached over SSH." in answer.json()["error_message"]
    sshd.start()
    assert hub.post("stop-experiment", expid="a2m9").status == 200
