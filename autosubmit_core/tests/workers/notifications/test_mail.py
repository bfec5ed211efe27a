"""What people get is plain text for them alone, whatever experiments and their owners are called."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from autosubmit_core.store.outbox import OutboxRow
from autosubmit_core.workers.notifications.channels import NotDeliveredError
from autosubmit_core.workers.notifications.mail import Mail, MailServer

MakeMessage = Callable[..., OutboxRow]


def mail_to(mailbox: Any, *to: str) -> Mail:
    return Mail(to, server_on(mailbox.port))


def server_on(port: int, **told: Any) -> MailServer:
    sender = "Autosubmit <autosubmit@example.org>"
    settings = {"host": "127.0.0.1", "security": "none", "sender": sender, **told}
    return MailServer(port=port, **settings)


def test_a_mail_says_what_happened_and_where_more_is(mailbox: Any, message: MakeMessage) -> None:
    assert mail_to(mailbox, "ana@example.org", "team@example.org").send([message()]) == "taken"
    (mail,) = mailbox.mails
    assert mail["Subject"] == "[Autosubmit] 2 jobs of a000 failed."
    assert mail["From"] == "Autosubmit <autosubmit@example.org>"
    assert mailbox.recipients == [["ana@example.org", "team@example.org"]]
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "text/plain"
    text = mail.get_content()
    assert "5 of 9 jobs done, 2 failed, 1 on a platform" in text
    assert "https://as.example.org/a000" in text
    assert "Told by the rule 'failures'." in text


def test_the_same_message_has_the_same_name_again(mailbox: Any, message: MakeMessage) -> None:
    for row in (message(1), message(1), message(2)):
        mail_to(mailbox, "ana@example.org").send([row])
    first, again, other = (mail["Message-ID"] for mail in mailbox.mails)
    assert first == again != other


def test_many_messages_for_the_same_people_are_one_mail(mailbox: Any, message: MakeMessage) -> None:
    channel = mail_to(mailbox, "{owner}@example.org")
    rows = [message(number, f"a{number:03}", "ana" if number % 2 else "bo") for number in range(5)]
    parcels = channel.parcels(rows)
    assert [[row.expid for row in parcel] for parcel in parcels] == [
        ["a000", "a002", "a004"],
        ["a001", "a003"],
    ]
    channel.send(parcels[0])
    assert mailbox.recipients == [["bo@example.org"]]
    (mail,) = mailbox.mails
    assert mail["Subject"] == "[Autosubmit] 2 jobs of a000 failed. And 2 more."
    assert all(f"2 jobs of {expid} failed." in mail.get_content() for expid in ("a002", "a004"))
    assert max(map(len, channel.parcels([message(n) for n in range(250)]))) == 100


@pytest.mark.parametrize("owner", ["", "eve@evil.example,ana", "a b", "ana\r\nBcc: eve", "-x", "é"])
def test_of_an_owner_who_is_no_account_no_address_is_made(
    mailbox: Any, message: MakeMessage, owner: str
) -> None:
    row = message(1, "a000", owner)
    with pytest.raises(NotDeliveredError, match="no address can be made") as caught:
        mail_to(mailbox, "{owner}@example.org").send([row])
    assert caught.value.for_good
    mail_to(mailbox, "{owner}@example.org", "team@example.org").send([row])
    assert mailbox.recipients == [["team@example.org"]]


@pytest.mark.parametrize(
    "expid",
    [
        "a000\r\nBcc: eve@evil.example",
        "a000\n\n<script>alert(1)</script>",
        "a000\r\n.\r\nMAIL FROM:<eve@evil.example>\r\n",
        "a\x00\x1b[2J\u2028" + "x" * 5000,
    ],
)
def test_a_name_adds_no_header_no_line_and_no_recipient(
    mailbox: Any, message: MakeMessage, expid: str
) -> None:
    mail_to(mailbox, "ana@example.org").send([message(1, expid)])
    assert mailbox.recipients == [["ana@example.org"]]
    (mail,) = mailbox.mails
    assert mail["Bcc"] is None
    assert "\n" not in mail["Subject"]
    assert len(mail["Subject"]) < 300
    assert mail.get_content_type() == "text/plain"
    assert len(mail.get_content().splitlines()) == 8


def test_who_refuses_is_told_with_his_words(mailbox: Any, message: MakeMessage) -> None:
    channel = mail_to(mailbox, "ana@example.org", "bo@example.org")
    mailbox.answer = "451 come back\t later"
    with pytest.raises(NotDeliveredError, match="SMTP 451 come back"):
        channel.send([message()])
    mailbox.answer = "250 OK"
    mailbox.refused = {"bo@example.org": "550 nobody here"}
    assert channel.send([message()]) == "taken, but refused for 1 of the addresses: SMTP 550"
    mailbox.refused["ana@example.org"] = "450 mailbox busy"
    with pytest.raises(NotDeliveredError, match="refused for 2 of the addresses: SMTP 450, 550"):
        channel.send([message()])
    mailbox.close()
    with pytest.raises(NotDeliveredError, match="no answer"):
        channel.send([message()])


def test_no_mail_goes_over_a_connection_that_is_not_safe(
    mailbox: Any, message: MakeMessage
) -> None:
    """The server offers no STARTTLS, and speaks no TLS."""
    for security in ("starttls", "tls"):
        with pytest.raises(NotDeliveredError):
            Mail(("ana@example.org",), server_on(mailbox.port, security=security)).send([message()])
    assert mailbox.mails == []


# -- with a certificate --------------------------------------------------------------------------


class _Kept:
    def __init__(self) -> None:
        self.mails: list[object] = []

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.mails.append(envelope.content)
        return "250 OK"


def _certificate(folder: Path) -> tuple[Path, Path]:
    """Make a key and a certificate of this machine that nobody has signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(
        encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(encoding))
    return folder / "certificate.pem", folder / "key.pem"


@pytest.fixture
def safe(tmp_path: Path, free_port: int) -> Iterator[tuple[int, _Kept, Path]]:
    """An SMTP server with a certificate, which takes mail of ``as`` with the password ``secret``."""
    certificate, key = _certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)

    def check(
        server: SMTP, session: Session, envelope: Envelope, how: str, data: Any
    ) -> AuthResult:
        good = isinstance(data, LoginPassword) and data == LoginPassword(b"as", b"secret")
        return AuthResult(success=good, handled=False)

    kept = _Kept()
    controller = Controller(
        kept,
        hostname="127.0.0.1",
        port=free_port,
        server_hostname="mail.example.org",
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=check,
    )
    controller.start()
    yield free_port, kept, certificate
    controller.stop()


def test_mail_and_password_go_to_a_server_that_is_who_it_says(
    safe: tuple[int, _Kept, Path], message: MakeMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, kept, certificate = safe
    told = {"security": "starttls", "user": "as", "password": "secret"}
    channel = Mail(("ana@example.org",), server_on(port, **told))
    with pytest.raises(NotDeliveredError, match="SSLCertVerificationError"):
        channel.send([message()])
    assert kept.mails == []
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert channel.send([message()]) == "taken"
    assert len(kept.mails) == 1
    wrong = server_on(port, **{**told, "password": "guess"})
    with pytest.raises(NotDeliveredError, match="SMTP 535"):
        Mail(("ana@example.org",), wrong).send([message()])


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(Mail((), server_on(25, user="as", password="secret")))
