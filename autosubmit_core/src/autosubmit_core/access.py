"""Who is calling and what they may do, for those who know their visitors in ways of their own.

:func:`~autosubmit_core.server.make_app` takes a function that gets an :class:`Access`, as the settings
make it, and returns the one to use: with another :class:`IdentityProvider` or :class:`Permission`.
"""

from autosubmit_core.api.access.clients import local_path
from autosubmit_core.api.access.flow import LOGIN_SECONDS, Begun, LoginFlow
from autosubmit_core.api.access.identity import (
    ANONYMOUS,
    Identity,
    IdentityProvider,
    Known,
    NotIdentifiedError,
    User,
)
from autosubmit_core.api.access.logins import LoginHandler
from autosubmit_core.api.access.make import Access
from autosubmit_core.api.access.permission import Level, Needs, Permission
from autosubmit_core.api.access.tokens import MadeToken, Tokens
from autosubmit_core.api.access.users import LoginProvider, LoginRefusedError, ProviderError
from autosubmit_core.store.preferences import Preference, preference_of, remember_preference
from autosubmit_core.store.tokens import NamedToken

__all__ = [
    "ANONYMOUS",
    "LOGIN_SECONDS",
    "Access",
    "Begun",
    "Identity",
    "IdentityProvider",
    "Known",
    "Level",
    "LoginFlow",
    "LoginHandler",
    "LoginProvider",
    "LoginRefusedError",
    "MadeToken",
    "NamedToken",
    "Needs",
    "NotIdentifiedError",
    "Permission",
    "Preference",
    "ProviderError",
    "Tokens",
    "User",
    "local_path",
    "preference_of",
    "remember_preference",
]
