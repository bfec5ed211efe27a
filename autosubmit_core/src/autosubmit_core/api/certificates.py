"""Until when browsers believe that the public address is ours: the end of its certificate."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

from cryptography import x509
from prometheus_client.core import GaugeMetricFamily, Metric

from autosubmit_core.api.workers import Workers

__all__ = ["PublicCertificate", "certificate_end"]

log = logging.getLogger(__name__)

#: How often it is looked at, how long that may take, and how long whoever asks waits for it, in seconds.
EVERY_SECONDS = 3600.0
CONNECT_SECONDS = 5.0
WAIT_SECONDS = 1.0


def certificate_end(address: str) -> float:
    """Return when the certificate at an address ends, in seconds since 1970 UTC.

    Raises :class:`OSError` or :class:`ValueError` if there is none to be had, or none that can be read.
    """
    parts = urlsplit(address)
    # One that nobody believes any more is looked at too: that is what is to be told.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    where = (parts.hostname or "", parts.port or 443)
    with (
        socket.create_connection(where, CONNECT_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=parts.hostname) as secure,
    ):
        found = secure.getpeercert(binary_form=True)
    try:
        return x509.load_der_x509_certificate(found or b"").not_valid_after_utc.timestamp()
    except x509.InvalidVersion as error:
        raise ValueError(str(error)) from None


class PublicCertificate:
    """The certificate of a public address, looked at while somebody asks; to be used from the loop."""

    def __init__(self, address: str) -> None:
        self._address = address if address.startswith("https://") else ""
        self._threads = Workers(1, 1)
        self._ends: float | None = None
        self._looked = -EVERY_SECONDS

    async def look(self) -> None:
        """Look at it, if that is long ago; what comes late is there the next time."""
        if self._address and time.monotonic() - self._looked >= EVERY_SECONDS:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._threads.share("look", self._look), WAIT_SECONDS)

    def figures(self) -> Iterator[Metric]:
        """Yield when it ends, where that is known."""
        ends = GaugeMetricFamily(
            "autosubmit_certificate_expires_timestamp_seconds",
            "When the certificate of the public address ends.",
            labels=[],
        )
        if self._ends is not None:
            ends.add_metric([], self._ends)
        yield ends

    def close(self) -> None:
        """Look no more."""
        self._threads.close()

    def _look(self) -> None:
        try:
            self._ends = certificate_end(self._address)
        except (OSError, ValueError) as error:
            # It may be that this machine alone does not reach the address.
            log.info("the certificate of %s cannot be looked at: %s", self._address, error)
            self._ends = None
        self._looked = time.monotonic()
