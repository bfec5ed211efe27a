"""Rules, a server that takes mail, and a way to let things happen to experiments."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from autosubmit_core.store.outbox import OutboxRow
from autosubmit_core.workers.notifications.configuration import read_notifications
from autosubmit_core.workers.notifications.messages import Happening, body_of
from autosubmit_core.workers.notifications.rules import Notifications

#: A key of 32 bytes.
KEY = "whsec_" + base64.b64encode(b"k" * 32).decode()


class Mailbox:
    """An SMTP server that keeps what it takes; whom it refuses is the test's to choose."""

    def __init__(self, port: int) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        #: What it says to every mail, or to each of these recipients.
        self.answer = "250 OK"
        self.refused: dict[str, str] = {}
        self.port = port
        # It would ask for its own name for every mail.
        name = "mail.example.org"
        self._controller = Controller(self, hostname="127.0.0.1", port=port, server_hostname=name)
        self._controller.start()

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.recipients.append(envelope.rcpt_tos)
        return self.answer

    def close(self) -> None:
        """Take nothing any more."""
        if self._controller.server is not None:
            self._controller.stop()


@pytest.fixture
def mailbox(free_port: int) -> Iterator[Mailbox]:
    """A server that mail is handed to."""
    made = Mailbox(free_port)
    yield made
    made.close()


@pytest.fixture
def rules() -> Callable[..., Notifications]:
    """Read rules as they stand in a file, with or without a server that takes mail on a port."""

    def read(*listed: dict[str, Any], port: int = 0, **section: Any) -> Notifications:
        if port:
            host = {"HOST": "127.0.0.1", "PORT": port, "SECURITY": "none"}
            section["SMTP"] = {**host, "FROM": "Autosubmit <autosubmit@example.org>"}
        told = {"NOTIFICATIONS": {"RULES": list(listed), **section}}
        return read_notifications(told, Path("/etc/autosubmit_api.yaml"), {"KEY": KEY})

    return read


@pytest.fixture
def message() -> Callable[..., OutboxRow]:
    """Make a message about the failure of two jobs."""

    def make(number: int = 1, expid: str = "a000", owner: str = "ana") -> OutboxRow:
        happening = Happening(
            id=f"event-{number}",
            at=int(time.time()),
            event="failed",
            expid=expid,
            owner=owner,
            sentence=f"2 jobs of {expid} failed.",
            jobs=2,
        )
        facts = {"hpc": "MN5", "model": "", "jobs": 9, "done": 5, "failed": 2, "on_platform": 1}
        return OutboxRow(
            id=f"message-{number}",
            rule="failures",
            channel="webhook",
            target="",
            expid=expid,
            owner=owner,
            event="failed",
            at=happening.at,
            body=body_of("failures", happening, facts, "https://as.example.org/{expid}"),
        )

    return make
