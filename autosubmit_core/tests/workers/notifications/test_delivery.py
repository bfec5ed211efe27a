"""Every message is taken at last or given up, whatever happens on the way; none is lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from autosubmit_core import demo
from autosubmit_core.archive import open_archive
from autosubmit_core.demo.writing.catalogues import write_run_control
from autosubmit_core.demo.writing.servers import move_to_server
from autosubmit_core.errors import LeaseLostError
from autosubmit_core.readers.servers import server_of
from autosubmit_core.store.leases import LEASE_SECONDS, acquire
from autosubmit_core.store.outbox import Message, add_messages, outbox_rows
from autosubmit_core.store.places import StorePlace, store_of, writing
from autosubmit_core.workers.notifications import delivery
from autosubmit_core.workers.notifications.delivery import GIVE_UP_SECONDS, Delivered, deliver
from autosubmit_core.workers.notifications.rules import Notifications
from autosubmit_core.workers.notifications.task import NotificationsSummary, NotificationsTask
from autosubmit_core.workers.schedule import run_once

Rules = Callable[..., Notifications]
NAME = "failures"


@pytest.fixture(params=["file", "server"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> StorePlace:
    if request.param == "file":
        return tmp_path / "autosubmit_api.db"
    return server_of(request.getfixturevalue("postgres").new_database())


def to(receiver: Any) -> dict[str, Any]:
    return {
        "NAME": NAME,
        "ON": ["failed", "died"],
        "WEBHOOK": {"URL": receiver.url, "SECRET_ENV": "KEY"},
    }


def messages(number: int, channel: str = "webhook", rule: str = NAME) -> list[Message]:
    return [
        Message(
            rule=rule,
            channel=channel,
            target="",
            event_id=str(n),
            event="failed",
            expid=f"a{n:03}",
            owner="ana",
            at=1_800_000_000 + n,
            body=json.dumps({"n": n}),
            quiet_seconds=60,
        )
        for n in range(number)
    ]


def wait_until_next(place: StorePlace, seconds: float = 0) -> None:
    """Let what waits be due, and older by some seconds."""
    with writing(place, []) as connection:
        connection.execute(
            sa.text("UPDATE notifications SET next = 0, created = created - :seconds"),
            {"seconds": seconds},
        )


def states(place: StorePlace) -> list[tuple[str, int, str]]:
    rows = sorted(outbox_rows(place), key=lambda row: row.expid)
    return [(row.state, row.attempts, row.answer) for row in rows]


def alive() -> None:
    pass


def test_what_is_refused_is_taken_later_under_the_same_name(
    place: StorePlace, receiver: Any, rules: Rules
) -> None:
    add_messages(place, messages(1), {}, now=time.time())
    receiver.answers = [500]
    told = rules(to(receiver))
    assert deliver(told, place, alive) == Delivered(put_off=1)
    assert states(place) == [("waiting", 1, "HTTP 500")]
    (row,) = outbox_rows(place)
    assert 55 < row.next - time.time() <= 60
    assert deliver(told, place, alive) == Delivered()  # it is not its turn
    wait_until_next(place)
    assert deliver(told, place, alive) == Delivered(sent=1)
    assert states(place) == [("sent", 2, "HTTP 204")]
    (first, body), (again, same) = receiver.taken
    assert first["webhook-id"] == again["webhook-id"] == row.id
    assert body == same


def test_a_receiver_that_is_down_is_asked_once_a_pass_and_gets_all_in_order_later(
    place: StorePlace, receiver: Any, rules: Rules
) -> None:
    add_messages(place, messages(5), {}, now=time.time())
    receiver.answers = [503]
    assert deliver(rules(to(receiver)), place, alive) == Delivered(put_off=1)
    assert len(receiver.taken) == 1
    wait_until_next(place)
    assert deliver(rules(to(receiver)), place, alive) == Delivered(sent=5)
    assert [json.loads(body)["n"] for _, body in receiver.taken] == [0, 0, 1, 2, 3, 4]


def test_what_nobody_takes_is_given_up_at_last_and_said(
    place: StorePlace, receiver: Any, rules: Rules, caplog: pytest.LogCaptureFixture
) -> None:
    add_messages(place, messages(1), {}, now=time.time())
    receiver.answers = [500, 500]
    deliver(rules(to(receiver)), place, alive)
    wait_until_next(place, GIVE_UP_SECONDS)
    assert deliver(rules(to(receiver)), place, alive) == Delivered(given_up=1)
    assert states(place) == [("given_up", 2, "HTTP 500")]
    assert "the rule 'failures' gives up 1 messages by webhook: HTTP 500" in caplog.text


def test_who_wants_nothing_more_gets_nothing_and_who_waits_gets_his(
    place: StorePlace, receiver: Any, rules: Rules
) -> None:
    add_messages(place, messages(2), {}, now=time.time())
    receiver.answers = [410]
    assert deliver(rules(to(receiver)), place, alive) == Delivered(given_up=1, sent=1)


def test_what_no_rule_sends_any_more_is_given_up(place: StorePlace, rules: Rules) -> None:
    add_messages(place, messages(1), {}, now=time.time())
    assert deliver(rules(), place, alive) == Delivered(given_up=1)
    assert states(place) == [("given_up", 1, "no rule sends there any more")]


def test_one_that_does_not_answer_keeps_no_other_waiting(
    place: StorePlace, receiver: Any, mailbox: Any, rules: Rules
) -> None:
    held = threading.Event()
    receiver.before = lambda: held.wait(10)
    add_messages(place, [*messages(2), *messages(2, "mail")], {}, now=time.time())
    with_mail = {**to(receiver), "MAIL": {"TO": ["{owner}@example.org"]}}
    bodies = {"sentence": "x", "at": "", "owner": "", "experiment": None, "link": None}
    with writing(place, []) as connection:
        connection.execute(
            sa.text("UPDATE notifications SET body = :body"), {"body": json.dumps({"data": bodies})}
        )
    work = threading.Thread(
        target=deliver, args=(rules(with_mail, port=mailbox.port), place, alive)
    )
    work.start()
    end = time.monotonic() + 8
    while not mailbox.mails and time.monotonic() < end:
        time.sleep(0.02)
    assert len(mailbox.mails) == 1
    assert not held.is_set()
    held.set()
    work.join(20)
    assert [state for state, *_ in states(place)] == ["sent"] * 4


def test_a_pass_ends_in_time_and_the_rest_is_for_the_next(
    place: StorePlace, receiver: Any, rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_messages(place, messages(20), {}, now=time.time())
    monkeypatch.setattr(delivery, "MOST_SECONDS", 0.3)
    receiver.before = lambda: time.sleep(0.1)
    sent = deliver(rules(to(receiver)), place, alive).sent
    assert 0 < sent < 20
    monkeypatch.setattr(delivery, "MOST_SECONDS", 60.0)
    receiver.before = lambda: None
    assert deliver(rules(to(receiver)), place, alive).sent == 20 - sent


def test_who_is_not_the_holder_any_more_begins_nothing(
    place: StorePlace, receiver: Any, rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_messages(place, messages(20), {}, now=time.time())
    monkeypatch.setattr(delivery, "_SIGN_OF_LIFE", 0.05)
    receiver.before = lambda: time.sleep(0.1)

    def replaced() -> None:
        raise LeaseLostError("notifications")

    with pytest.raises(LeaseLostError):
        deliver(rules(to(receiver)), place, replaced)
    assert len(receiver.taken) < 5


# -- the whole task, on an installation ----------------------------------------------------------


#: As the status task makes it.
EVENTS = sa.Table(
    "fleet_events",
    sa.MetaData(),
    sa.Column("id", sa.Text, primary_key=True),
    *(sa.Column(name, sa.Integer) for name in ("at", "exp_id", "jobs")),
    *(sa.Column(name, sa.Text) for name in ("name", "owner", "event")),
)


@pytest.fixture(params=["file", "server"])
def watched(request: pytest.FixtureRequest, tmp_path: Path, receiver: Any, rules: Rules) -> Path:
    """An installation of one experiment, whose rule has begun; two jobs of it failed since."""
    folder = tmp_path / "installation"
    demo.make_experiment(folder, "t000", jobs=demo.jobs_named(["t000_INI"]))
    if request.param == "server":
        write_run_control(folder / "autosubmitrc", folder)
        url = request.getfixturevalue("postgres").new_database()
        move_to_server(folder / "autosubmitrc", url)
    assert run(folder, rules(to(receiver))).new == 0
    happen(folder, "failed", 2)
    return folder


def run(folder: Path, told: Notifications) -> NotificationsSummary:
    """Do a pass, as a process would that has just been started."""
    made = run_once(NotificationsTask(told), open_archive(folder))
    assert made is not None
    return made


def place_of(folder: Path) -> StorePlace:
    return store_of(open_archive(folder).installation)


def happen(folder: Path, event: str, jobs: int = 0) -> None:
    """Let something have happened to the experiment, as the status task writes it down."""
    told = {"id": f"{event}{time.time_ns()}", "at": int(time.time()), "event": event, "jobs": jobs}
    with writing(place_of(folder), [EVENTS]) as connection:
        connection.execute(EVENTS.insert().values(exp_id=1, name="t000", owner="ana", **told))


def test_what_happens_is_told_once_however_often_it_is_looked(
    watched: Path, receiver: Any, rules: Rules
) -> None:
    told = rules(to(receiver))
    assert run(watched, told).sentence().startswith("notifications: 1 new, 1 sent, 0 put off")
    assert run(watched, told).new == 0
    happen(watched, "failed", 1)  # within the hour
    happen(watched, "died")
    happen(watched, "started")  # of no interest
    assert run(watched, told).delivered.sent == 1
    events = [json.loads(body)["data"]["event"] for _, body in receiver.taken]
    assert events == ["failed", "died"]


def test_a_restart_between_finding_and_sending_loses_nothing(
    watched: Path, receiver: Any, rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(delivery, "MOST_SECONDS", 0.0)
        assert run(watched, rules(to(receiver))).new == 1
    assert receiver.taken == []
    assert run(watched, rules(to(receiver))).delivered == Delivered(sent=1)


def test_of_two_workers_at_once_one_sends(watched: Path, receiver: Any, rules: Rules) -> None:
    start, made = threading.Barrier(2), []

    def work() -> None:
        start.wait(10)
        made.append(run_once(NotificationsTask(rules(to(receiver))), open_archive(watched)))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(receiver.taken) == 1
    assert sum(each.delivered.sent for each in made if each) == 1


def test_killed_between_sending_and_noting_it_is_sent_again_under_its_name(
    watched: Path, receiver: Any, rules: Rules
) -> None:
    """A real process is killed while the receiver has its message and has not yet said so."""
    configuration = watched / "api.yaml"
    section = json.dumps({"RULES": [to(receiver)]})
    configuration.write_text(f"NOTIFICATIONS: {section}")
    configuration.chmod(0o600)
    key = "whsec_" + "a" * 43 + "="
    environment = {**os.environ, "AS_API_CONFIG_FILE": str(configuration), "KEY": key}
    command = (
        *(sys.executable, "-m", "autosubmit_core.cli", "worker", "notifications", "--once"),
        *("--config", str(watched)),
    )
    workers: list[subprocess.Popen[bytes]] = []
    receiver.before = lambda: workers[0].send_signal(signal.SIGKILL)
    workers.append(subprocess.Popen(command, env=environment))
    assert workers[0].wait(60) == -signal.SIGKILL
    receiver.before = lambda: None
    place = place_of(watched)
    (row,) = outbox_rows(place)
    assert (row.state, row.attempts) == ("waiting", 0)
    # Nobody may begin while the dead one counts as alive; then whoever asks goes on.
    assert acquire(place, "notifications", "another") is None
    with writing(place, []) as connection:
        connection.execute(sa.text(f"UPDATE worker_passes SET expires = expires - {LEASE_SECONDS}"))
    assert subprocess.run(command, env=environment, check=False, timeout=60).returncode == 0
    (first, body), (again, same) = receiver.taken
    assert first["webhook-id"] == again["webhook-id"] == row.id
    assert body == same
    assert [(row.state, row.attempts) for row in outbox_rows(place)] == [("sent", 1)]
