"""All that decides who may see and do what, put together from the settings."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from autosubmit_core.api.access.bearer import BearerTokens
from autosubmit_core.api.access.cas import CasProvider
from autosubmit_core.api.access.clients import read_address
from autosubmit_core.api.access.fetching import Fetch
from autosubmit_core.api.access.flow import LoginFlow
from autosubmit_core.api.access.github import GithubProvider
from autosubmit_core.api.access.hosts import AllowedHosts
from autosubmit_core.api.access.identity import IdentityProvider
from autosubmit_core.api.access.limits import RateLimiter
from autosubmit_core.api.access.openid import OpenIdProvider
from autosubmit_core.api.access.permission import Level, LevelPermission, Permission
from autosubmit_core.api.access.secret import Keys
from autosubmit_core.api.access.settings import is_loopback
from autosubmit_core.api.access.tokens import Tokens
from autosubmit_core.api.access.users import LoginProvider
from autosubmit_core.api.settings import Settings
from autosubmit_core.store.places import StorePlace

__all__ = ["Access", "make_access"]

log = logging.getLogger(__name__)

#: What tokens name as their maker where the server does not know its public address.
_ISSUER = "autosubmit_core"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who is calling and what they may do; a site replaces what it has its own of."""

    #: What tells who sends a request.
    identities: IdentityProvider
    #: What decides whether they may.
    permission: Permission
    tokens: Tokens
    #: Where people log in; those that are not configured are None.
    cas: CasProvider | None
    github: GithubProvider | None
    openid: OpenIdProvider | None
    #: Logins that begin and end at this server, at any of them.
    flow: LoginFlow
    #: The names under which the server may be asked.
    hosts: AllowedHosts
    #: Where users' preferences and what is revoked are kept.
    database: StorePlace
    #: The clients that the installation itself names, as ``autosubmitrc`` has them.
    clients: Collection[str] = ()
    #: Failed logins, and those that were begun: a whole institute may ask from one address.
    failures: RateLimiter = field(default_factory=lambda: RateLimiter(most=10, seconds=60))
    beginnings: RateLimiter = field(default_factory=lambda: RateLimiter(most=100, seconds=60))


def make_access(
    settings: Settings,
    keys: Keys,
    database: StorePlace,
    clients: Collection[str],
    run: Callable[..., Awaitable[Any]],
) -> Access:
    """Return what the settings say; tokens are signed with ``keys``, ``run`` does slow work off the loop."""
    cas, github, openid = _cas(settings), _github(settings), _openid(settings)
    for client in filter(lambda told: cas and not read_address(told), clients):
        log.warning("the allowed client %r of autosubmitrc is no address and allows nobody", client)
    configured: list[LoginProvider] = [one for one in (cas, github, openid) if one]
    tokens = Tokens(
        keys,
        issuer=settings.public_url or _ISSUER,
        seconds=settings.token_seconds,
        database=database,
        run=run,
        of_others=settings.api_tokens,
    )
    return Access(
        identities=BearerTokens(tokens, settings.secret_token),
        permission=LevelPermission(
            settings.level, settings.anonymous_commands, settings.secret_token_commands
        ),
        tokens=tokens,
        cas=cas,
        github=github,
        openid=openid,
        flow=LoginFlow({one.name: one for one in configured}, keys),
        hosts=AllowedHosts(settings.allowed_hosts, settings.public_url),
        database=database,
        clients=clients,
    )


def _cas(told: Settings) -> CasProvider | None:
    if not (told.cas_server_url or told.cas_login_url):
        return None
    return CasProvider.of(Fetch(), told.cas_server_url, told.cas_login_url, told.cas_verify_url)


def _github(told: Settings) -> GithubProvider | None:
    if not told.github_client_secret:
        return None
    return GithubProvider(
        url=told.github_url.rstrip("/"),
        api_url=told.github_api_url.rstrip("/"),
        client_id=told.github_client_id,
        client_secret=told.github_client_secret,
        organization=told.github_organization,
        team=told.github_team,
        fetch=Fetch(),
    )


def _openid(told: Settings) -> OpenIdProvider | None:
    if not told.oidc_client_secret:
        return None
    return OpenIdProvider(
        Fetch(),
        issuer=told.oidc_issuer,
        client_id=told.oidc_client_id,
        client_secret=told.oidc_client_secret,
        username_claim=told.oidc_username_claim,
        from_userinfo=told.oidc_username_source == "userinfo",
        token_url=told.oidc_token_url,
        userinfo_url=told.oidc_userinfo_url,
    )


def tell(settings: Settings) -> None:
    """Say in the log what whoever started the server should know of it; no secret is named."""
    log.info("protection level %s", settings.level.value)
    if settings.level is Level.NONE and settings.open_to_network:
        others = settings.reached_as() or settings.address
        log.warning("everybody who reaches %s may read everything", others)
    if settings.level is Level.NONE and settings.protection_level is None:
        log.info("the demo needs no token: its experiments are made up")
    if not settings.secret_key and settings.has_tokens:
        log.warning("no SECRET_KEY: a random one is used, so that no token outlives this process")
    public = read_address(settings.public_url)
    if settings.has_tokens and public and public.scheme == "http" and not is_loopback(public.host):
        log.warning(
            "%s is no https: whoever is on the way reads tokens and sessions, and acts with them",
            settings.public_url,
        )
    if settings.level is Level.ALL and not (settings.has_login() or settings.secret_token):
        log.warning(
            "everything needs a token and nobody can get one: configure a login or "
            "AS_API_SECRET_TOKEN, or say --protection-level NONE"
        )
