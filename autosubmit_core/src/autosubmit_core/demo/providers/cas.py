"""A CAS server, as far as a login needs it (CAS protocol 3.0, sections 2.1, 2.5 and 2.8)."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

import tornado.web

from autosubmit_core.demo.providers.base import LoginPage, Once, Provider, ServiceHandler

__all__ = ["CasProvider"]

#: Half a megabyte that a reader of XML makes of a few lines, if it lets a document define words.
_ENTITIES = "".join(
    f'<!ENTITY e{i} "{"&e" + str(i - 1) + ";" if i else "x"}{"&e" + str(i - 1) + ";" if i else "x"}">'
    for i in range(20)
)


class CasProvider(Provider):
    """A CAS server. A ticket is good once, for the service that it was asked for.

    Its own faults: ``no user`` in an answer that says success, and ``dtd``, a success whose user is
    a word that the document itself defines, at great length.
    """

    def __init__(self) -> None:
        super().__init__([("/login", Login), ("/(?:p3/)?serviceValidate", ServiceValidate)])
        #: Service and user of each ticket.
        self.tickets: Once[tuple[str, str]] = Once("ST-")


class Login(LoginPage):
    """``/login?service=``: sends a browser back to the service with a ticket."""

    title = "A CAS server"

    def back(self, username: str) -> str:
        service = self.get_query_argument("service", "")
        if urlsplit(service).scheme not in ("http", "https"):
            raise tornado.web.HTTPError(400, "a service is an address")
        if not username:
            return ""
        tickets = cast(CasProvider, self.application).tickets
        return self.with_query(service, ticket=tickets.give((service, username)))


class ServiceValidate(ServiceHandler):
    """``/serviceValidate?service=&ticket=``: whose ticket it is."""

    def get(self) -> None:
        self.set_header("Content-Type", "application/xml; charset=utf-8")
        self.finish(self._answer())

    def _answer(self) -> str:
        service, ticket = (
            self.get_query_argument("service", ""),
            self.get_query_argument("ticket", ""),
        )
        if not service or not ticket:
            return _failure("INVALID_REQUEST", "'service' and 'ticket' are both required")
        provider = cast(CasProvider, self.application)
        known = provider.tickets.take(ticket)
        if known is None:
            return _failure("INVALID_TICKET", f"Ticket {ticket} not recognized")
        if known[0] != service:
            return _failure("INVALID_SERVICE", f"Ticket {ticket} is not for {service}")
        if provider.fault == "dtd":
            return f"<!DOCTYPE r [{_ENTITIES}]>{_success('<cas:user>&e19;</cas:user>')}"
        if provider.fault == "no user":
            return _success("")
        return _success(f"<cas:user>{escape(known[1])}</cas:user>")


def _success(inside: str) -> str:
    return _response(f"<cas:authenticationSuccess>{inside}</cas:authenticationSuccess>")


def _failure(code: str, reason: str) -> str:
    return _response(
        f"<cas:authenticationFailure code={quoteattr(code)}>{escape(reason)}"
        "</cas:authenticationFailure>"
    )


def _response(inside: str) -> str:
    return (
        '<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas">'
        f"{inside}</cas:serviceResponse>"
    )
