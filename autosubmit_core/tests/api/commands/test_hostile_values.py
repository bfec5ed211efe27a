"""What a client sends is a word of one command, or refused: never a command of its own (RS-1 to RS-4)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.api.access.limits import RateLimiter
from autosubmit_core.runners.rules import FILTERS

JOB = "a2m9_19611101_fc0_4_POST"

#: What runs a command where a shell reads it; ``{mark}`` is a file that is never to be there.
ATTEMPTS = (
    *("$(touch {mark})", "`touch {mark}`", '"; touch {mark}; "', "'; touch {mark}; '"),
    *("\n touch {mark}", "&& touch {mark}", "| touch {mark}", "> {mark}", "${{IFS}}touch {mark}"),
    *("%0atouch {mark}", "x" * 100_000, "nul\0nul", "--help", "-v", "; touch {mark} #"),
)


def create(**params: Any) -> tuple[str, dict[str, Any]]:
    return "create-experiment", {"command_params": {"description": "x", **params}}


def change(**params: Any) -> tuple[str, dict[str, Any]]:
    told = {"final_status": "READY", "filter_type": "SIM", **params}
    return "set-job-status", {"expid": "a2m9", "command_params": told}


#: A request for each text that a client sends.
PLACES: dict[str, Callable[[str], tuple[str, dict[str, Any]]]] = {
    "description": lambda text: create(description=text),
    "git_repo": lambda text: create(git_repo=text),
    "git_branch": lambda text: create(git_branch=text),
    "config_path": lambda text: create(config_path=text),
    "hpc": lambda text: create(hpc=text),
    "copy": lambda text: create(copy=text),
    "job": lambda text: change(job_names_list=[JOB, text]),
    "final_status": lambda text: change(final_status=text),
    "filter_chunks": lambda text: change(filter_chunks=text),
    "filter_status": lambda text: change(filter_status=text),
    "filter_type": lambda text: change(filter_type=text),
    "filter_type_chunk": lambda text: change(filter_type_chunk=text),
    "filter_type_chunk_split": lambda text: change(filter_type_chunk_split=text),
    "new description": lambda text: (
        "update-experiment-description",
        {"expid": "a2m9", "description": text},
    ),
    "expid": lambda text: ("run-experiment", {"expid": text}),
    "expid of stop": lambda text: ("stop-experiment", {"expid": text}),
    "expid of a list": lambda text: ("create-job-list", {"expid": text}),
    "profile": lambda text: ("create-job-list", {"expid": "a2m9", "profile_name": text}),
    "module": lambda text: (
        "create-job-list",
        {"expid": "a2m9", "profile_name": "unfinished", "profile_params": {"MODULES": text}},
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_rs1_rs2_a_text_is_one_argument_or_refused(
    desk: Any, profiles: dict[str, Any], tmp_path: Path, place: str
) -> None:
    unfinished = {name: value for name, value in profiles["here"].items() if name != "MODULES"}
    desk.configure(PROFILES={**profiles, "unfinished": unfinished})
    desk.server.app.service.command_tries = RateLimiter(most=1000, seconds=60)
    mark = tmp_path / "mark"
    for attempt in ATTEMPTS:
        text = attempt.replace("{mark}", str(mark)).replace("{{IFS}}", "{IFS}")
        before = len(desk.fake.calls)
        action, body = PLACES[place](text)
        answer = desk.post(action, **body)
        calls = desk.fake.arguments[before:]
        if answer.status == 200:
            # The description alone may be anything that is printed on a line.
            line = text.replace("\n", " ")
            assert line in [argument.partition("=")[2] or argument for argument in calls[-1]]
        else:
            assert answer.status in (403, 404, 422, 500), (attempt, answer.body)
            assert calls == [], attempt
        assert not mark.exists(), attempt


def test_rs2_what_begins_with_a_hyphen_is_no_option(desk: Any) -> None:
    assert desk.post("update-experiment-description", expid="a2m9", description="-v").status == 200
    action, body = create(description="--copy=a2m9")
    assert desk.post(action, **body).status == 200
    assert desk.fake.arguments == [
        ["updatedescrip", "--", "a2m9", "-v"],
        ["expid", "--description=--copy=a2m9"],
    ]
    assert desk.post("run-experiment", expid="--all").status == 422


#: What is refused, and what is not, of each text.
RULES: dict[str, tuple[list[Any], list[Any]]] = {
    "description": (["x" * 1001, "bell\a"], ["x" * 1000, "tab\tand\nline", "é"]),
    "git_repo": (
        ["http://a/b", "-u", "file:///x", "ext::sh -c x", "https://a b"],
        ["https://git.example.org/a/b.git", "ssh://git@h/x", "git@github.com:a/b.git"],
    ),
    "git_branch": (["-b", "a..b", "a b", "x.lock", "a//b"], ["main", "feature/x-1"]),
    "config_path": (["/etc", "a/../b", "-x"], ["conf/minimal", "a b"]),
    "hpc": (["a b", "x" * 65, ""], ["MARENOSTRUM5", "lumi-c"]),
    "copy": (["A2M9", "a2", "../x"], ["a2m9"]),
}


@pytest.mark.parametrize("field", RULES)
def test_rs3_every_value_of_a_new_experiment_has_its_rule(desk: Any, field: str) -> None:
    wrong, right = RULES[field]
    for value in filter(None, wrong):
        action, body = create(**{field: value})
        answer = desk.post(action, **body)
        assert answer.status == 422, value
        begin = f"Invalid value for 'command_params.{field}': must"
        assert answer.json()["error_message"].startswith(begin)
    for value in right:
        action, body = create(**{field: value})
        assert desk.post(action, **body).status == 200, value


@pytest.mark.parametrize("field", FILTERS)
def test_rs3_a_filter_is_in_the_words_of_autosubmit(desk: Any, field: str) -> None:
    for wrong in ("SIM;", 'SIM"', "$SIM", "SIM\n", "SIM/POST", "x" * 10_241):
        action, body = change(**{"filter_type": None, field: wrong})
        answer = desk.post(action, **body)
        assert answer.status == 422, wrong
        assert f"'command_params.{field}'" in answer.json()["error_message"]
    for right in ("[ 20200101 [ fc0 [1 2] ] ]", "Any", "SIM, POST-2"):
        action, body = change(**{"filter_type": None, field: right})
        assert desk.post(action, **body).status == 200, right
        assert f"--{field}={right}" in desk.fake.arguments[-1]


def test_rs3_kinds_of_experiments_exclude_each_other(desk: Any) -> None:
    action, body = create(operational=True, testcase=True)
    assert desk.post(action, **body).status == 422


@pytest.mark.parametrize("action", ["run-experiment", "create-job-list", "stop-experiment"])
def test_rs3_an_experiment_that_is_not_there_is_a_404(desk: Any, action: str) -> None:
    answer = desk.post(action, expid="zzzz")
    assert answer.status == 404
    assert answer.json()["error_message"] == "Experiment with expid 'zzzz' not found."
    assert desk.post("get-runner-run-status", expid="zzzz").status == 404
    action, body = create(copy="zzzz")
    assert desk.post(action, **body).status == 404


def test_rs3_a_status_that_autosubmit_does_not_set_is_refused_with_those_it_sets(desk: Any) -> None:
    for status in ("FAILED", "ready", ""):
        action, body = change(final_status=status)
        answer = desk.post(action, **body)
        assert answer.status == 422
        listed = "Autosubmit sets READY, COMPLETED, WAITING, SUSPENDED"
        assert listed in answer.json()["error_message"]
    # The program itself was asked: this one sets no HELD.
    action, body = change(final_status="HELD")
    assert desk.post(action, **body).status == 422
    assert desk.fake.calls == []


def test_rs3_jobs_must_be_those_of_the_experiment(desk: Any) -> None:
    action, body = change(job_names_list=[JOB, "a2m9_one", "a2m9_two", "a2m9_three", "a2m9_four"])
    answer = desk.post(action, **body)
    assert answer.status == 422
    said = "experiment a2m9 has no job a2m9_one, a2m9_two, a2m9_three"
    assert answer.json()["error_message"].endswith(said)


def test_rs3_some_jobs_have_to_be_chosen(desk: Any) -> None:
    action, body = change(filter_type=None)
    answer = desk.post(action, **body)
    assert answer.status == 422
    assert "jobs have to be named" in answer.json()["error_message"]


# -- RS-4, RS-5: modules, accounts, hosts --------------------------------------------------------


def test_rs4_a_virtual_environment_lies_below_the_root(
    desk: Any, fake: Any, profiles: dict[str, Any]
) -> None:
    other = type(fake)(fake.folder.parents[1] / "venvs-other" / "fake")
    link = fake.folder.parent / "link"
    link.symlink_to(other.folder)
    around = f"{fake.folder.parent}/../venvs-other/fake"
    paths = {"sibling": str(other.folder), "around": around, "link": str(link)}
    desk.configure(
        PROFILES={name: {**profiles["here"], "MODULES": path} for name, path in paths.items()}
    )
    for name in paths:
        answer = desk.post("create-job-list", expid="a2m9", profile_name=name)
        assert answer.status == 403, name
    assert other.calls == []


def test_rs4_a_program_that_anybody_may_write_is_not_run(desk: Any) -> None:
    (desk.fake.folder / "bin" / "autosubmit").chmod(0o777)
    answer = desk.post("create-job-list", expid="a2m9")
    assert answer.status == 500
    assert "may be written by anybody" in answer.json()["error_message"]


def test_rs4_a_client_fills_in_modules_that_the_profile_lists(
    desk: Any, profiles: dict[str, Any]
) -> None:
    path = str(desk.fake.folder)
    unfinished = {"RUNNER_TYPE": "LOCAL", "MODULE_LOADER_TYPE": "VENV"}
    desk.configure(PROFILES={"listed": {**unfinished, "ALLOWED_MODULES": [path]}})
    told = {"expid": "a2m9", "profile_name": "listed"}
    for modules, status in ((path, 200), ("/opt/other", 403)):
        answer = desk.post("create-job-list", **told, profile_params={"MODULES": modules})
        assert answer.status == status


def test_rs4_modules_that_do_not_load_stop_the_command(
    desk: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", f"{desk.fake.folder}/bin:/usr/bin:/bin")
    profile = tmp_path / ".bash_profile"
    path = f"export PATH={desk.fake.folder}/bin:/usr/bin:/bin\n"
    profile.write_text(f"{path}module() {{ [ \"$*\" = 'load good/1.0 more' ]; }}\n")
    lmod = {"RUNNER_TYPE": "LOCAL", "MODULE_LOADER_TYPE": "LMOD"}
    desk.configure(
        PROFILES={
            "good": {**lmod, "MODULES": ["good/1.0", "more"]},
            "bad": {**lmod, "MODULES": "bad"},
            "line": {**lmod, "MODULES": "good\ntouch x"},
        }
    )
    statuses = {
        name: desk.post("create-job-list", expid="a2m9", profile_name=name).status
        for name in ("bad", "line", "good")
    }
    assert statuses == {"bad": 500, "line": 422, "good": 200}
    assert len(desk.fake.calls) == 1


def test_conda_runs_in_the_named_environment(
    desk: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conda = tmp_path / "bin" / "conda"
    conda.parent.mkdir()
    conda.write_text(
        f'#!/bin/sh\n[ "$4" = climate ] && shift 4 && exec {desk.fake.folder}/bin/"$@"\n'
    )
    conda.chmod(0o755)
    monkeypatch.setenv("PATH", f"{conda.parent}:/usr/bin:/bin")
    desk.configure(
        PROFILES={
            "here": {"RUNNER_TYPE": "LOCAL", "MODULE_LOADER_TYPE": "CONDA", "MODULES": "climate"}
        }
    )
    assert desk.post("create-job-list", expid="a2m9").status == 200
    assert desk.fake.arguments == [["create", "-np", "--", "a2m9"]]


def test_rs5_a_client_chooses_neither_account_nor_host(desk: Any) -> None:
    ssh = {"RUNNER_TYPE": "SSH", "MODULE_LOADER_TYPE": "NO_MODULE"}
    desk.configure(
        PROFILES={
            "account": {**ssh, "SSH": {"HOST": "127.0.0.1"}},
            "host": {**ssh, "SSH": {"USERNAME": "root", "HOSTS": ["hub.example.org"]}},
            "port": {**ssh, "SSH": {"USERNAME": "root", "HOST": "127.0.0.1"}},
        }
    )
    asked = {
        "account": {"USERNAME": "bob"},
        "host": {"HOST": "127.0.0.1"},
        "port": {"PORT": "2222"},
    }
    said = {"account": "account", "host": "host", "port": "port"}
    for name, params in asked.items():
        answer = desk.post(
            "create-job-list", expid="a2m9", profile_name=name, profile_params={"SSH": params}
        )
        assert answer.status == 403, answer.body
        assert said[name] in answer.json()["error_message"]


def test_rs9_profiles_are_shown_without_what_is_not_for_clients(desk: Any) -> None:
    ssh = {"HOST": "h", "PORT": 22, "USER": "u", "PASSWORD": "secret", "HOSTS": ["x"]}
    here = {"RUNNER_TYPE": "SSH", "MODULE_LOADER_TYPE": "NO_MODULE", "SECRET": "secret"}
    desk.configure(PROFILES={"hub": {**here, "SSH": ssh}}, SSH_PUBLIC_KEYS=["ssh-ed25519 AAAA"])
    shown = desk.ask("/v4/runners/configuration/profiles", "alice").json()
    assert shown == {
        "hub": {
            "RUNNER_TYPE": "SSH",
            "MODULE_LOADER_TYPE": "NO_MODULE",
            "SSH": {"HOST": "h", "PORT": 22, "USERNAME": "u"},
        }
    }
    keys = desk.ask("/v4/runners/configuration/ssh-public-keys", "alice").json()
    assert keys == ["ssh-ed25519 AAAA"]
