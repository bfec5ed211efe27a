"""What all logins do alike: limits, records, and how their failures are told (S-14, S-31)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from autosubmit_core.api.access.callers import CallerHandler
from autosubmit_core.api.access.hosts import network_of
from autosubmit_core.api.access.identity import User
from autosubmit_core.api.access.permission import Needs
from autosubmit_core.api.access.users import ProviderError
from autosubmit_core.api.refusals import RefusedError

__all__ = ["LoginHandler"]

log = logging.getLogger(__name__)


class LoginHandler(CallerHandler):
    """A handler that logs somebody in."""

    needs = Needs.NOTHING

    def count_beginning(self) -> None:
        """Count a login that is begun: it may make us ask its provider.

        Raises :class:`RefusedError` (429) if too many were, from where this request comes.
        """
        self.service.access.beginnings.count(network_of(self.address))

    async def log_in(self, provider: str, verify: Callable[[], Awaitable[User]]) -> User:
        """Return whom a provider knows.

        Raises :class:`RefusedError`: 401 if it knows nobody, 503 if it cannot tell, 429 if it was asked
        in vain too often from where this request comes.
        """
        failures, place = self.service.access.failures, network_of(self.address)
        try:
            failures.count(place)
            user = await verify()
        except RefusedError as error:
            if isinstance(error, ProviderError):
                failures.forgive(place)
                log.warning("login provider %s: %s", provider, error.reason)
            self.record("login", error.refusal.code, provider=provider)
            raise
        failures.forgive(place)
        self.record("login", "done", provider=provider, user=user.key)
        return user
