"""Until when the certificate of the public address is good is told, whether it is good now or not."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tornado.netutil import bind_sockets

from autosubmit_core.api.certificates import PublicCertificate, certificate_end
from autosubmit_core.api.metrics import MetricsServer
from autosubmit_core.archive import open_archive
from autosubmit_core.demo.hand_made import jobs_named, make_experiment

ENDS = datetime(2026, 3, 1, 12, 30, tzinfo=timezone.utc)


def self_signed(folder: Path, ends: datetime) -> Path:
    """Write a certificate and its key into one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "autosubmit.example.org")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    signed = made.not_valid_before(ends - timedelta(90)).not_valid_after(ends).sign(key, SHA256())
    path = folder / "certificate.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + signed.public_bytes(Encoding.PEM))
    return path


@pytest.fixture
def server_with() -> Iterator[Callable[[Path], str]]:
    """Serve with a certificate; give the address."""
    with ExitStack() as until_the_end:

        def serve(path: Path) -> str:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(path)
            listening = until_the_end.enter_context(socket.create_server(("127.0.0.1", 0)))

            def answer() -> None:
                with suppress(OSError):
                    while True:
                        plain, _ = listening.accept()
                        with plain, suppress(OSError), context.wrap_socket(plain, True) as secure:
                            secure.recv(1)

            thread = threading.Thread(target=answer)
            thread.start()
            until_the_end.callback(thread.join)
            until_the_end.callback(listening.shutdown, socket.SHUT_RDWR)
            return f"https://127.0.0.1:{listening.getsockname()[1]}/api"

        yield serve


@pytest.mark.parametrize("days", [-1000, 1000])
def test_the_end_of_a_certificate_is_known_before_and_after_it(
    server_with: Callable[[Path], str], tmp_path: Path, days: int
) -> None:
    ends = ENDS + timedelta(days)
    address = server_with(self_signed(tmp_path, ends))
    assert certificate_end(address) == ends.timestamp()


def told_about(address: str) -> list[float]:
    async def look() -> list[float]:
        certificate = PublicCertificate(address)
        await certificate.look()
        certificate.close()
        return [sample.value for each in certificate.figures() for sample in each.samples]

    return asyncio.run(look())


def test_the_end_of_the_public_certificate_is_told(
    server_with: Callable[[Path], str], tmp_path: Path
) -> None:
    assert told_about(server_with(self_signed(tmp_path, ENDS))) == [ENDS.timestamp()]


def test_nothing_is_told_of_a_certificate_of_a_version_that_nobody_knows(
    server_with: Callable[[Path], str], tmp_path: Path
) -> None:
    path = self_signed(tmp_path, ENDS)
    key, begin, signed = path.read_text().partition("-----BEGIN CERTIFICATE-----")
    third, sixth = bytes.fromhex("a003020102"), bytes.fromhex("a003020105")
    known = ssl.PEM_cert_to_DER_cert(begin + signed)
    path.write_text(key + ssl.DER_cert_to_PEM_cert(known.replace(third, sixth)))
    address = server_with(path)
    with pytest.raises(ValueError, match="5 is not a valid X509 version"):
        certificate_end(address)
    assert told_about(address) == []


def test_prometheus_is_told_the_end_of_the_public_certificate_at_the_port(
    server_with: Callable[[Path], str], serve: Callable[..., Any], tmp_path: Path
) -> None:
    make_experiment(tmp_path, "a000", jobs=jobs_named(["a000_INI"]))
    public = server_with(self_signed(tmp_path, ENDS))
    server = serve(open_archive(tmp_path), public_url=public)
    metrics, (listening,) = MetricsServer(server.app.service), bind_sockets(0, "127.0.0.1")
    server.call(lambda: metrics.start([listening]))
    with urlopen(f"http://127.0.0.1:{listening.getsockname()[1]}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    server.call(metrics.stop)
    told = [line.split() for line in lines if line.startswith("autosubmit_certificate_expires")]
    assert [float(value) for _, value in told] == [ENDS.timestamp()]


@pytest.mark.parametrize("address", ["", "http://localhost:1", "https://127.0.0.1:1"])
def test_nothing_is_told_of_what_has_no_certificate(address: str) -> None:
    assert told_about(address) == []
