"""The section ``NOTIFICATIONS`` of Autosubmit API's file: rules, and the server that takes mail."""

from __future__ import annotations

import base64
import binascii
import os
import stat
from collections.abc import Iterator, Mapping
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from autosubmit_core.archive.fleet import EVENTS
from autosubmit_core.readers.api_file import NOTIFICATION_SECTION as SECTION
from autosubmit_core.workers.notifications.channels import Channel
from autosubmit_core.workers.notifications.mail import OWNER, SECURITIES, Mail, MailServer
from autosubmit_core.workers.notifications.rules import (
    FILTERS,
    METRICS,
    Notifications,
    Rule,
    Threshold,
)
from autosubmit_core.workers.notifications.told import Told
from autosubmit_core.workers.notifications.webhooks import Webhook

__all__ = ["read_notifications"]

#: The ports of SMTP servers.
_PORTS = {"starttls": 587, "tls": 465, "none": 25}

#: What a key begins with, and how many bytes it has, as the standard of webhooks says.
_KEY_PREFIX, _KEY_BYTES = "whsec_", range(24, 65)

#: How long the same may be left out, in minutes: a week.
_LONGEST_QUIET = 7 * 1440

_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


def read_notifications(
    sections: Mapping[str, Any], path: Path, environment: Mapping[str, str]
) -> Notifications:
    """Return what the sections of a file say is told to whom; nothing where they do not speak of it.

    Raises :class:`ConfigurationInvalidError`, which names the key, for what cannot be.
    """
    told = Told.of(sections.get(SECTION), SECTION, path)
    smtp, link = told.part("SMTP"), told.text("LINK")
    if link and not _is_address(link):
        told.refuse("LINK", "must be an address, https://…, in which {expid} may stand")
    server = _mail_server(smtp, environment) if smtp else None
    rules = tuple(_rule(rule, server, environment) for rule in told.parts("RULES"))
    told.end()
    names = [rule.name for rule in rules]
    for number, name in enumerate(names):
        if name in names[:number]:
            told.refuse(f"RULES.{number}.NAME", f"there is a rule {name!r} already")
    return Notifications(rules=rules, link=link)


def _rule(told: Told, server: MailServer | None, environment: Mapping[str, str]) -> Rule:
    events = told.words("ON", EVENTS)
    threshold = told.part("THRESHOLD")
    made = Rule(
        name=told.required("NAME"),
        events=frozenset(events),
        threshold=_threshold(threshold) if threshold else None,
        only={column: told.texts(key) for key, column in FILTERS.items() if told.texts(key)},
        quiet_seconds=60 * told.whole("AGAIN_AFTER", 60, range(1, _LONGEST_QUIET + 1)),
        channels=dict(_channels(told, server, environment)),
    )
    if not made.events and made.threshold is None:
        told.refuse("ON", "a rule needs ON (what happens) or THRESHOLD, or both")
    if not made.channels:
        told.refuse("WEBHOOK", "a rule needs WEBHOOK or MAIL, or both")
    told.end()
    return made


def _threshold(told: Told) -> Threshold:
    metric = told.required("METRIC")
    if metric not in METRICS:
        told.refuse("METRIC", f"must be one of {', '.join(METRICS)}")
    below, above = told.number("BELOW"), told.number("ABOVE")
    told.end()
    if below is not None and above is None:
        return Threshold(metric, "below", below)
    if above is None or below is not None:
        told.refuse("BELOW", "a threshold needs either BELOW or ABOVE")
    return Threshold(metric, "above", above)


def _channels(
    told: Told, server: MailServer | None, environment: Mapping[str, str]
) -> Iterator[tuple[str, Channel]]:
    webhook, mail = told.part("WEBHOOK"), told.part("MAIL")
    if webhook:
        yield "webhook", _webhook(webhook, environment)
    if mail:
        if server is None:
            mail.refuse("TO", f"no server takes mail: say {SECTION}.SMTP.HOST")
        yield "mail", _mail(mail, server)


def _webhook(told: Told, environment: Mapping[str, str]) -> Webhook:
    url, insecure = told.required("URL"), told.switch("INSECURE")
    if not _is_address(url):
        told.refuse("URL", "must be an address, https://…, without a user or password")
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in _THIS_MACHINE and not insecure:
        told.refuse("URL", "must begin with https:// (INSECURE: true takes http:// too)")
    secret, place = _secret(told, "SECRET", environment)
    if not secret.strip():
        told.refuse("SECRET_FILE", "messages are signed: say SECRET_FILE or SECRET_ENV")
    told.end()
    return Webhook(url, tuple(_key(told, place, text) for text in secret.split()))


def _key(told: Told, place: str, text: str) -> bytes:
    """Return the bytes of a key: Base64 after ``whsec_``, as the standard of webhooks writes keys."""
    try:
        key = base64.b64decode(text.removeprefix(_KEY_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not text.startswith(_KEY_PREFIX) or len(key) not in _KEY_BYTES:
        told.refuse(
            place,
            "what it names must be keys such as `echo whsec_$(openssl rand -base64 32)` makes",
        )
    return key


def _mail(told: Told, server: MailServer) -> Mail:
    addresses = told.texts("TO")
    if not addresses:
        told.refuse("TO", "must be a list of addresses")
    for number, address in enumerate(addresses):
        if not _is_mail_address(address.replace(OWNER, "owner")):
            told.refuse(f"TO.{number}", f"must be an address; {OWNER} may stand in it")
    told.end()
    return Mail(addresses, server)


def _mail_server(told: Told, environment: Mapping[str, str]) -> MailServer:
    security = told.text("SECURITY") or "starttls"
    if security not in SECURITIES:
        told.refuse("SECURITY", f"must be one of {', '.join(SECURITIES)}")
    password, place = _secret(told, "PASSWORD", environment)
    made = MailServer(
        host=told.required("HOST"),
        port=told.whole("PORT", _PORTS[security], range(1, 65536)),
        security=security,
        sender=told.required("FROM"),
        user=told.text("USER"),
        password=password.rstrip("\r\n"),
    )
    told.end()
    if not _is_mail_address(parseaddr(made.sender)[1]):
        told.refuse("FROM", "must be an address, with a name before it or without")
    if bool(made.user) != bool(password):
        told.refuse(place if password else "PASSWORD_FILE", "USER and a password go together")
    if password and security == "none" and made.host not in _THIS_MACHINE:
        told.refuse("SECURITY", "a password is not sent to another machine for all to read")
    return made


def _secret(told: Told, name: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """Return what a file or a variable holds, and the key that names it; nothing if none is named."""
    by_file, by_variable = told.text(f"{name}_FILE"), told.text(f"{name}_ENV")
    if by_file and by_variable:
        told.refuse(f"{name}_FILE", f"say either {name}_FILE or {name}_ENV")
    if by_variable:
        if not environment.get(by_variable):
            told.refuse(f"{name}_ENV", f"there is no environment variable {by_variable}")
        return environment[by_variable], f"{name}_ENV"
    return (_private_text(told, f"{name}_FILE", by_file) if by_file else ""), f"{name}_FILE"


def _private_text(told: Told, key: str, name: str) -> str:
    """Return the text of a file that other users of this machine cannot read."""
    try:
        with Path(name).open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        told.refuse(key, f"{name} cannot be read: {reason}")
    if mode & (stat.S_IROTH | stat.S_IWOTH | stat.S_IWGRP):
        told.refuse(key, f"others can read or write {name}: chmod o-rwx,g-w {name}")
    if not text.strip():
        told.refuse(key, f"{name} is empty")
    return text


def _is_address(text: str) -> bool:
    """Tell whether a text is the address of something on the web, without a user.

    >>> _is_address("https://a.example.org/x"), _is_address("https://u:p@a.org"), _is_address("a.org")
    (True, False, False)
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    plain = text.isascii() and text.isprintable() and not set(' "<>\\') & set(text)
    known = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    return plain and known and port != 0


def _is_mail_address(text: str) -> bool:
    """Tell whether a text is a plain address of mail.

    >>> _is_mail_address("ana@example.org"), _is_mail_address("ana"), _is_mail_address("a@b, c@d")
    (True, False, False)
    """
    name, _, domain = text.partition("@")
    plain = text.isascii() and text.isprintable() and not set(' ,;:<>()[]"\\') & set(text)
    return plain and bool(name) and bool(domain) and "@" not in domain
