"""The part of every handler that knows who calls, and refuses what they may not."""

from __future__ import annotations

import logging
import re
import secrets
from functools import cached_property
from typing import ClassVar, cast

import tornado.web

from autosubmit_core.api.access import audit
from autosubmit_core.api.access.hosts import client_address
from autosubmit_core.api.access.identity import ANONYMOUS, Identity, NotIdentifiedError
from autosubmit_core.api.access.permission import Needs
from autosubmit_core.api.access.requests import is_cross_site
from autosubmit_core.api.refusals import RefusedError
from autosubmit_core.api.service import Service

__all__ = ["CallerHandler"]

log = logging.getLogger(__name__)

#: What a client, or the proxy before us, may call a request: nothing that looks like more in a log.
_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}", re.ASCII)

#: How many characters of a path are logged: more than any of ours has.
_LONGEST_PATH = 1000


class CallerHandler(tornado.web.RequestHandler):
    """A handler whose callers are known to it."""

    #: What it asks of them.
    needs: ClassVar[Needs] = Needs.READ
    #: Whether a request counts as use of a session, which ends when it is not used.
    uses_session: ClassVar[bool] = True
    #: Who sends this request.
    identity: Identity = ANONYMOUS

    @property
    def service(self) -> Service:
        """What all handlers of this server share."""
        return cast(Service, self.application.settings["service"])

    @cached_property
    def request_id(self) -> str:
        """The name of this request, in the log and in the answer: the one it came with, or a new one."""
        told = self.request.headers.get("X-Request-Id", "")
        return told if _REQUEST_ID.fullmatch(told) else secrets.token_hex(8)

    @property
    def shown_path(self) -> str:
        """What logs have of the path."""
        return self.request.path[:_LONGEST_PATH]

    @cached_property
    def address(self) -> str:
        """The address of the client, as far as proxies that are trusted tell it."""
        forwarded = ",".join(self.request.headers.get_list("X-Forwarded-For"))
        trusted = self.service.settings.trusted_proxies
        return client_address(self.request.remote_ip or "", forwarded, trusted)

    def check_host(self) -> None:
        """Refuse a request for a server of another name (S-12)."""
        if not self.service.access.hosts.allow(self.request.host):
            raise RefusedError(
                400,
                "This server does not answer under that name (see --allowed-hosts).",
                "host_not_allowed",
            )

    async def check_caller(self) -> None:
        """Find out who calls, and refuse what they may not: before the body is read (S-25)."""
        access, problem = self.service.access, "Unauthorized"
        try:
            self.identity = await access.identities.identify(self.request, use=self.uses_session)
        except NotIdentifiedError as error:
            problem = str(error)
        except RefusedError as error:
            # The provider cannot tell now; nobody need be known for what anybody may have.
            if not access.permission.allows(ANONYMOUS, self.needs):
                raise
            log.warning("request %s counts as nobody's: %s", self.request_id, error)
        if not access.permission.allows(self.identity, self.needs):
            self._refuse(problem)
        if is_cross_site(self.request, self.identity, self.service.settings.public_url):
            self.record("request", "cross_site")
            raise RefusedError(403, "A page of another site sent this.", "cross_site")

    def record(self, action: str, result: str, **facts: str) -> None:
        """Write into the audit log what the sender of this request did, or was refused."""
        user = self.identity.user
        told = {"user": user.key if user else "", "address": self.address, **facts}
        self.service.measures.record(action, result, facts.get("provider", ""))
        request = {"method": str(self.request.method)[:20], "path": self.shown_path}
        audit.record(action, result, **told, **request, request_id=self.request_id)

    def _refuse(self, problem: str) -> None:
        if self.identity.user:
            self.record("request", "forbidden")
            raise RefusedError(403, "You may not do this.", "forbidden")
        code = "unauthorized" if problem == "Unauthorized" else "expired_token"
        self.record("request", code)
        raise RefusedError(401, problem, code, headers={"WWW-Authenticate": "Bearer"})
