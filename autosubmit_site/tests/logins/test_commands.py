"""Commands from the pages, as forms without scripts send them: before, while and after they are run.

A small program stands in the place of Autosubmit and notes what it was told.
"""

from __future__ import annotations

import html
import json
import os
import pwd
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from autosubmit_core.access import Level

JOB = "a2m9_19611101_fc0_4_POST"
RUN = "/experiments/a2m9/actions/run-experiment"
STOP = "/experiments/a2m9/actions/stop-experiment"
SET = "/experiments/a2m9/actions/set-job-status"
DESCRIBE = "/experiments/a2m9/actions/update-experiment-description"
LIST = "/experiments/a2m9/actions/create-job-list"
NEW = "/new-experiment"

_FAKE = """#!{python} -IS
import json, sys, time
told = sys.argv[1:]
if told == ["setstatus", "--help"]:
    sys.exit("usage: -t STATUS, --status_final {{READY,COMPLETED,WAITING}}")
with open({calls!r}, "a") as calls:
    print(json.dumps(told), file=calls)
print("first line", flush=True)
if told[0] == "expid":
    print("Experiment a0zz created")
if told[0] == "create":
    sys.exit("[CRITICAL] There is no such platform [eCode=7014]")
if told[0] == "run":
    time.sleep(60)
"""


@pytest.fixture
def installation(demo: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "installation"
    shutil.copytree(demo, folder)
    run_control = folder / "autosubmitrc"
    run_control.write_text(run_control.read_text().replace(str(demo), str(folder)))
    return run_control


@pytest.fixture
def make_installation(installation: Path) -> Callable[..., Path]:
    """Let visitors of this module see the demo."""
    return lambda names: installation


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    return tmp_path / "calls"


@pytest.fixture
def profiles(tmp_path: Path, calls: Path) -> dict[str, Any]:
    program = tmp_path / "venvs" / "fake" / "bin" / "autosubmit"
    program.parent.mkdir(parents=True)
    program.write_text(_FAKE.format(python=sys.executable, calls=str(calls)))
    program.chmod(0o755)
    here = {"RUNNER_TYPE": "LOCAL", "MODULE_LOADER_TYPE": "VENV"}
    return {"here": {**here, "MODULES": str(program.parent.parent)}}


@pytest.fixture
def configure(tmp_path: Path, profiles: dict[str, Any]) -> Callable[..., Path]:
    """Write what can be run, where and by whom: alice owns all experiments."""
    file = tmp_path / "runners.yaml"

    def write(**sections: Any) -> Path:
        account = pwd.getpwuid(os.getuid()).pw_name
        told = {"PROFILES": profiles, "ACCOUNTS": {"cas:alice": [account]}, **sections}
        root = {"SAFE_ROOT_PATH": str(tmp_path / "venvs")}
        file.write_text(yaml.safe_dump({"RUNNER_CONFIGURATION": {**root, **told}}))
        return file

    return write


@pytest.fixture
def walker(make_walker: Callable[..., Any], configure: Callable[..., Path]) -> Any:
    """Somebody who has not logged in yet, at a site that runs commands."""
    return make_walker(api_config_file=configure(), protection_level=Level.NONE)


@pytest.fixture
def alice(walker: Any) -> Any:
    """The owner of all experiments."""
    walker.log_in()
    return walker


@pytest.fixture
def running(alice: Any) -> Iterator[Any]:
    """The same, while an experiment runs."""
    confirmed(alice, RUN, {})
    yield alice
    alice.post(STOP, {**preview(alice, STOP, {})[1], "step": "confirm"})
    ended(alice, alice.get("/experiments/a2m9/actions"))


def words(answer: Any) -> str:
    """Return what a page says, without its elements."""
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", answer.text)).split())


def hidden(answer: Any) -> dict[str, str]:
    """Return what the form of a preview would send."""
    form = answer.text.split("<form method=")[1]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    return {name: html.unescape(value) for name, value in found}


def preview(walker: Any, path: str, fields: dict[str, str]) -> tuple[Any, dict[str, str]]:
    """Fill in a form; return the page that says what it would do, and what that would send."""
    sent = {"xsrf": walker.get(path).xsrf, "profile": "here", "step": "preview", **fields}
    shown = walker.post(path, sent)
    assert shown.status == 200, words(shown)
    return shown, hidden(shown)


def confirmed(walker: Any, path: str, fields: dict[str, str]) -> Any:
    """Have a command run as somebody would; return its page."""
    _, sent = preview(walker, path, fields)
    begun = walker.post(path, {**sent, "step": "confirm"})
    assert begun.status == 303, words(begun)
    return walker.get(begun.location)


def ended(walker: Any, page: Any) -> Any:
    """Reload a page until nothing on it goes on any more."""
    end = time.monotonic() + 20
    while "Goes on" in page.text:
        assert time.monotonic() < end
        time.sleep(0.05)
        page = walker.get(page.address)
    return page


def told(calls: Path) -> list[list[str]]:
    """Return what Autosubmit was told."""
    return [json.loads(line) for line in calls.read_text().splitlines()] if calls.exists() else []


# -- before, while and after -----------------------------------------------------------------------


def test_a_command_is_shown_word_by_word_then_run_then_recorded(alice: Any, calls: Path) -> None:
    fields = {"description": 'it\'s <b>"new"</b>'}
    shown, _ = preview(alice, DESCRIBE, fields)
    line = "autosubmit updatedescrip -- a2m9 'it'\"'\"'s <b>\"new\"</b>'"
    assert line in html.unescape(shown.text)
    assert "on the machine of this site" in words(shown)
    assert told(calls) == [], "nothing is done before it is confirmed"
    page = ended(alice, confirmed(alice, DESCRIBE, fields))
    assert told(calls) == [["updatedescrip", "--", "a2m9", fields["description"]]]
    assert "Done" in words(page)
    assert "cas:alice" in words(page)
    assert "first line" in words(page)
    record = re.search(r'href="(/v4/runners/commands/\w+)"', page.text)
    assert record is not None
    assert json.loads(alice.get(record[1]).text)["exit_status"] == 0
    listed = words(alice.get("/experiments/a2m9/actions"))
    assert "Change the description Done" in listed


def test_a_command_that_fails_says_why(alice: Any) -> None:
    page = ended(alice, confirmed(alice, LIST, {"force": "on"}))
    assert "Failed" in words(page)
    assert "There is no such platform [eCode=7014]" in words(page)


def test_a_run_goes_on_while_its_page_is_looked_at_and_is_stopped(alice: Any, calls: Path) -> None:
    page = confirmed(alice, RUN, {})
    end = time.monotonic() + 10
    while "first line" not in page.text:
        assert time.monotonic() < end
        page = alice.get(page.address)
    assert "Goes on" in words(page)
    shown, _ = preview(alice, STOP, {})
    assert "autosubmit stop a2m9" in words(shown)
    stop = ended(alice, confirmed(alice, STOP, {}))
    assert "Done" in words(stop)
    assert page.address.rpartition("/")[2] in stop.text, "the run that it ended"
    assert "Stopped" in words(alice.get(page.address))
    assert told(calls) == [["run", "a2m9"]]


def test_an_experiment_is_created_and_its_page_is_a_link_away(alice: Any, calls: Path) -> None:
    fields = {"description": "a test", "hpc": "MN5", "kind": "testcase", "minimal": "on"}
    page = ended(alice, confirmed(alice, NEW, fields))
    assert "The experiment is called a0zz." in words(page)
    assert 'href="/experiments/a0zz"' in page.text
    options = ["--description=a test", "--minimal_configuration", "--HPC=MN5", "--testcase"]
    assert told(calls) == [["expid", *options]]


def test_what_is_sent_twice_is_done_once(alice: Any, calls: Path) -> None:
    _, sent = preview(alice, DESCRIBE, {"description": "x"})
    first, second = (alice.post(DESCRIBE, {**sent, "step": "confirm"}) for _ in range(2))
    assert (second.status, second.location) == (303, first.location)
    ended(alice, alice.get(first.location))
    assert len(told(calls)) == 1


# -- jobs ------------------------------------------------------------------------------------------


def test_a_new_status_is_shown_with_the_jobs_that_it_touches(alice: Any, calls: Path) -> None:
    shown, sent = preview(alice, SET, {"job_names": f"{JOB}\n", "final_status": "WAITING"})
    assert "1 job becomes WAITING; it is now:" in words(shown)
    assert re.search(r"\d other jobs? wait", words(shown)) is not None
    begun = alice.post(SET, {**sent, "step": "confirm"})
    ended(alice, alice.get(begun.location))
    options = [f"--list={JOB}", "--status_final=WAITING", "--", "a2m9"]
    assert told(calls) == [["setstatus", "-np", "-nt", "-s", *options]]


def test_jobs_come_from_a_query_or_from_what_was_chosen_in_the_table(alice: Any) -> None:
    asked = alice.get(f"{SET}?q=status:FAILED")
    assert asked.text.count("a2m9_") >= 4
    assert JOB in words(asked)
    chosen = alice.post(SET, {"step": "choose", "job_names": JOB})
    assert (chosen.status, JOB in words(chosen)) == (200, True)
    assert "Set status of all found" in words(alice.get("/experiments/a2m9/jobs?q=status:FAILED"))


def test_a_form_that_is_wrong_comes_back_filled_in_with_what_is_wrong(
    alice: Any, calls: Path
) -> None:
    fields = {"job_names": "a2m9_NOPE", "final_status": "WAITING", "profile": "here"}
    answer = alice.post(SET, {"xsrf": alice.get(SET).xsrf, "step": "preview", **fields})
    assert answer.status == 422
    assert "experiment a2m9 has no job a2m9_NOPE" in words(answer)
    assert ">a2m9_NOPE</textarea>" in answer.text
    assert told(calls) == []


# -- who may not -----------------------------------------------------------------------------------


def greyed(answer: Any) -> set[str]:
    """Return the commands whose buttons are greyed out."""
    return set(re.findall(r'<button[^>]* disabled data-action="([\w-]+)"', answer.text))


EVERY = {
    *("run-experiment", "stop-experiment", "set-job-status", "create-job-list"),
    "update-experiment-description",
}


def test_nobody_in_particular_is_told_to_log_in(walker: Any, calls: Path) -> None:
    overview = walker.get("/experiments/a2m9")
    assert greyed(overview) == EVERY
    assert "Log in to have commands run." in words(overview)
    assert greyed(walker.get("/")) == {"create-experiment"}
    assert "Log in to have commands run." in words(walker.get(RUN))
    assert walker.post(RUN, {"step": "confirm", "profile": "here"}).status in (303, 401)
    assert told(calls) == []


def test_who_is_not_the_owner_is_told_so_and_cannot_do_it_either(walker: Any, calls: Path) -> None:
    walker.log_in(name="bob")
    overview = walker.get("/experiments/a2m9")
    assert greyed(overview) == EVERY
    assert "Only its owner may do this to experiment a2m9." in words(overview)
    shown, sent = preview(walker, DESCRIBE, {"description": "x"})
    assert "Only its owner may do this to experiment a2m9." in words(shown)
    assert walker.post(DESCRIBE, {**sent, "step": "confirm"}).status == 403
    assert told(calls) == []
    assert greyed(walker.get("/")) == set(), "anybody with a profile may create one"


def test_where_nothing_can_be_run_that_is_said(
    make_walker: Callable[..., Any], configure: Callable[..., Path]
) -> None:
    walker = make_walker(api_config_file=configure(PROFILES={}))
    walker.log_in()
    overview = walker.get("/experiments/a2m9")
    assert greyed(overview) == EVERY
    assert "No commands can be run from here" in words(overview)


def test_what_is_switched_off_or_for_others_is_said(
    walker: Any, configure: Callable[..., Path], profiles: dict[str, Any]
) -> None:
    walker.log_in()
    configure(ENDPOINTS={"SET_JOB_STATUS": {"ENABLED": False}})
    overview = walker.get("/experiments/a2m9")
    assert greyed(overview) == {"set-job-status", "stop-experiment"}
    assert "Set status: Those who run this site have switched this off." in words(overview)
    configure(PROFILES={"theirs": {**profiles["here"], "ALLOW": {"users": ["cas:bob"]}}})
    assert "None of the profiles here is for you." in words(walker.get("/experiments/a2m9"))


def test_an_experiment_that_runs_is_not_run_again(running: Any, calls: Path) -> None:
    assert greyed(running.get("/experiments/a2m9")) == {"run-experiment"}
    assert "It runs already." in words(running.get(RUN))
    shown, sent = preview(running, RUN, {})
    assert "Runner for experiment a2m9 is already running." in words(shown)
    again = running.post(RUN, {**sent, "step": "confirm"})
    assert again.status == 409
    assert told(calls) == [["run", "a2m9"]]


def test_s32_a_form_of_another_site_or_session_has_nothing_done(
    alice: Any, another: Any, calls: Path
) -> None:
    _, sent = preview(alice, DESCRIBE, {"description": "x"})
    sent["step"] = "confirm"
    forged = {**sent, "xsrf": ""}
    assert alice.post(DESCRIBE, forged).status == 403
    assert alice.post(DESCRIBE, sent, Origin="https://evil.example").status == 403
    another.log_in(name="alice")
    assert another.post(DESCRIBE, sent).status == 403
    assert told(calls) == []


def test_what_a_profile_leaves_open_is_chosen_from_what_there_is(
    walker: Any, configure: Callable[..., Path], profiles: dict[str, Any]
) -> None:
    hosts = {"SSH": {"HOSTS": ["one.example.org", "two.example.org"]}}
    hub = {"RUNNER_TYPE": "SSH", "MODULE_LOADER_TYPE": "NO_MODULE", **hosts}
    configure(
        PROFILES={**profiles, "hub": hub}, ACCOUNTS={"cas:alice": ["root", "bsc32101", "nobody"]}
    )
    walker.log_in()
    form = walker.get("/account")
    walker.post("/account/linux", {"xsrf": form.xsrf, "username": "nobody"})
    page = walker.get(NEW)
    assert "<option>two.example.org</option>" in page.text
    assert "<option selected>nobody</option>" in page.text
    fields = {
        **{"profile": "hub", "description": "x", "open:hub:SSH.HOST": "two.example.org"},
        "open:hub:SSH.USERNAME": "bsc32101",
    }
    shown, _ = preview(walker, NEW, fields)
    assert "on bsc32101@two.example.org over SSH" in words(shown)
    for wrong in ("evil.example.org", "localhost"):
        fields["open:hub:SSH.HOST"] = wrong
        answer = walker.post(NEW, {"xsrf": form.xsrf, "step": "preview", **fields})
        assert answer.status == 403, wrong


def test_there_is_no_page_of_what_nobody_ran_and_none_of_what_is_no_command(alice: Any) -> None:
    assert alice.get(f"/commands/{'0' * 32}").status == 404
    assert alice.get("/experiments/zzzz/actions").status == 404
    assert alice.get("/experiments/a2m9/actions/nonsense").status == 422
