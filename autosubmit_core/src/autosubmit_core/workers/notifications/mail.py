"""Messages to people: plain text over the SMTP server of the institution."""

from __future__ import annotations

import json
import re
import smtplib
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate
from functools import cache
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from autosubmit_core.store.outbox import OutboxRow
from autosubmit_core.workers.notifications.channels import NotDeliveredError, one_line

__all__ = ["OWNER", "SECURITIES", "Mail", "MailServer"]

#: How the connection to a server is made safe.
SECURITIES = ("starttls", "tls", "none")

#: What stands in an address in place of the owner of an experiment.
OWNER = "{owner}"

#: How long the server may take for each answer.
SECONDS = 10.0
#: The most messages in one mail, and the most characters of a subject.
MOST_TOGETHER = 100
_LONGEST_SUBJECT = 200

_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """An SMTP server that takes mail of ours."""

    host: str
    port: int
    #: One of :data:`SECURITIES`.
    security: str
    #: Who the mail is from: an address, with a name or without.
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)

    def send(self, mail: EmailMessage, to: Sequence[str]) -> str:
        """Hand over a mail, and return what became of it.

        Raises :class:`NotDeliveredError` if the server takes it for none of the recipients.
        """
        try:
            connection = self._connected()
            try:
                refused = connection.send_message(mail, to_addrs=list(to))
            finally:
                # What was taken stays taken, however the server says goodbye.
                with suppress(smtplib.SMTPException):
                    connection.quit()
        except (smtplib.SMTPException, OSError) as error:
            raise NotDeliveredError(_words(error)) from error
        return f"taken, but {_refused(refused)}" if refused else "taken"

    def _connected(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.security == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, _own_name(), timeout=SECONDS, context=context
            )
        else:
            connection = smtplib.SMTP(self.host, self.port, _own_name(), timeout=SECONDS)
        with ExitStack() as undo:
            undo.callback(connection.close)
            if self.security == "starttls":
                connection.starttls(context=context)
            if self.user:
                connection.login(self.user, self.password)
            undo.pop_all()
        return connection


@dataclass(frozen=True, slots=True)
class Mail:
    """Addresses, and the server that takes mail for them."""

    #: Each may have :data:`OWNER` in it.
    to: tuple[str, ...]
    server: MailServer

    @property
    def target(self) -> str:
        """The domains of the addresses: the people behind them are nobody's business."""
        return ", ".join(sorted({address.rpartition("@")[2] for address in self.to}))

    def parcels(self, rows: Sequence[OutboxRow]) -> list[list[OutboxRow]]:
        """Put messages for the same people together: many things happen at once, or none."""
        groups: dict[tuple[str, ...], list[OutboxRow]] = {}
        for row in rows:
            groups.setdefault(self._recipients(row.owner), []).append(row)
        return [
            group[begin : begin + MOST_TOGETHER]
            for group in groups.values()
            for begin in range(0, len(group), MOST_TOGETHER)
        ]

    def send(self, rows: Sequence[OutboxRow]) -> str:
        """Send a mail that tells all of some messages; raises :class:`NotDeliveredError`."""
        to = self._recipients(rows[0].owner)
        if not to:
            reason = f"no address can be made of the owner {rows[0].owner!r}"
            raise NotDeliveredError(reason, for_good=True)
        return self.server.send(_mail(rows, self.server.sender, to), to)

    def _recipients(self, owner: str) -> tuple[str, ...]:
        """Return the addresses of a message about an experiment of an owner."""
        if _ACCOUNT.fullmatch(owner):
            return tuple(address.replace(OWNER, owner) for address in self.to)
        return tuple(address for address in self.to if OWNER not in address)


@cache
def _own_name() -> str:
    """Return how this machine introduces itself; found out once, as asking for names may take long."""
    name = socket.getfqdn()
    return name if "." in name else "[127.0.0.1]"


def _mail(rows: Sequence[OutboxRow], sender: str, to: Sequence[str]) -> EmailMessage:
    told = [json.loads(row.body)["data"] for row in rows]
    mail = EmailMessage()
    first = one_line(told[0]["sentence"])
    more = f" And {len(told) - 1} more." if len(told) > 1 else ""
    mail["Subject"] = f"[Autosubmit] {first[:_LONGEST_SUBJECT]}{more}"
    mail["From"] = sender
    mail["To"] = ", ".join(to)
    mail["Date"] = formatdate(time.time())
    # The same of the same messages, so that who gets a mail twice can tell.
    name = uuid5(NAMESPACE_OID, " ".join([row.id for row in rows]))
    mail["Message-ID"] = f"<{name}@autosubmit>"
    # No answer is wanted of programs that are away on holiday (RFC 3834).
    mail["Auto-Submitted"] = "auto-generated"
    paragraphs = [*map(_paragraph, told), f"Told by the rule {one_line(rows[0].rule)!r}."]
    mail.set_content("\n\n".join(paragraphs) + "\n")
    return mail


def _paragraph(told: Mapping[str, Any]) -> str:
    """Return what one message tells: what happened, to what kind of experiment, and where more is."""
    facts = told["experiment"] or {}
    lines = [told["sentence"], f"  seen at {told['at']}"]
    if facts:
        lines.append(
            f"  {facts['done']} of {facts['jobs']} jobs done, {facts['failed']} failed,"
            f" {facts['on_platform']} on a platform"
        )
    named = {"owner": told["owner"], "platform": facts.get("hpc"), "model": facts.get("model")}
    lines += [f"  {name}: {value}" for name, value in named.items() if value]
    lines += [f"  {told['link']}"] if told["link"] else []
    return "\n".join(map(one_line, lines))


def _words(error: smtplib.SMTPException | OSError) -> str:
    """Return what went wrong, in the words of the server if it had any."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _refused(error.recipients)
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        words = said.decode(errors="replace") if isinstance(said, bytes) else said
        return f"SMTP {error.smtp_code} {words}"
    return f"no answer ({type(error).__name__})"


def _refused(recipients: Mapping[str, tuple[int, bytes]]) -> str:
    codes = sorted({str(code) for code, _ in recipients.values()})
    return f"refused for {len(recipients)} of the addresses: SMTP {', '.join(codes)}"
