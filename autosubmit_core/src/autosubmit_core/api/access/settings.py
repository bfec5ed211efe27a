"""What a server can be told about who may see and do what."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autosubmit_core.api.access.clients import read_address
from autosubmit_core.api.access.permission import Level
from autosubmit_core.api.access.secret import (
    Secret,
    read_secret,
    read_signing_key,
    read_signing_keys,
)
from autosubmit_core.api.declaring import setting, whole_number

__all__ = ["AccessSettings", "is_loopback"]

#: The fewest characters of the secret token.
_SECRET_TOKEN_CHARACTERS = 32


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine alone.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0"), is_loopback("")
    (True, True, False, False)
    """
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _level(text: str) -> Level | None:
    try:
        return Level(text) if text else None
    except ValueError:
        raise ValueError("must be ALL, WRITEONLY or NONE") from None


def _secret_token(text: str) -> Secret | None:
    if text and (len(text) < _SECRET_TOKEN_CHARACTERS or not text.isascii() or " " in text):
        raise ValueError(
            f"must have at least {_SECRET_TOKEN_CHARACTERS} ASCII characters and no space"
        )
    return Secret(text) if text else None


def _address(text: str) -> str:
    if text and (read_address(text) is None or "?" in text or "#" in text):
        raise ValueError("must be an address such as https://api.example.org/api")
    return text


def _base(text: str) -> str:
    return _address(text).rstrip("/")


def _provider(text: str) -> str:
    """Read an address at a login provider: what goes there must not be read on the way."""
    address = read_address(_address(text))
    if address and address.scheme != "https" and not is_loopback(address.host):
        raise ValueError("must begin with https://")
    return text


def _addresses(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (_address(part.strip()) for part in text.split(","))))


def _hosts(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.lower().replace(",", " ").split())


def _networks(text: str) -> tuple[str, ...]:
    listed = tuple(text.replace(",", " ").split())
    for one in listed:
        try:
            ipaddress.ip_network(one)
        except ValueError:
            raise ValueError("must be addresses such as 10.0.0.7 or 10.0.0.0/24") from None
    return listed


def _source(text: str) -> str:
    if text not in ("", "id_token", "userinfo"):
        raise ValueError("must be id_token or userinfo")
    return text or "id_token"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessSettings:
    """Protection, tokens, and the logins of an institution."""

    env_file: Path | None = setting(
        None,
        "file of variables, a NAME=VALUE in each line, for those that the environment does not "
        "have; refused if it belongs to somebody else, or others may write it",
        read=Path,
    )
    protection_level: Level | None = setting(
        None,
        "what needs a token: ALL that tells or changes anything (the default), WRITEONLY what "
        "changes anything, NONE (the default of --demo on this machine alone)",
        read=_level,
        variable="PROTECTION_LEVEL",
    )
    open_to_network: bool = setting(
        False,
        "serve with the protection level NONE also where others than this machine can ask: on a "
        "network, or behind a proxy that makes it known under another name",
        variable="AUTOSUBMIT_OPEN_TO_NETWORK",
    )
    anonymous_commands: bool = setting(
        False,
        "with the protection level NONE, let also those act who have no token",
        variable="AUTOSUBMIT_ANONYMOUS_COMMANDS",
    )
    secret_key: Secret | None = setting(
        None,
        "key that signs tokens, of 32 bytes or more; without it one is made for the life of the "
        "process",
        read=read_signing_key,
        variable="SECRET_KEY",
        secret=True,
    )
    previous_keys: tuple[Secret, ...] = setting(
        (),
        "keys that signed tokens before and are still accepted, separated by spaces",
        read=read_signing_keys,
        variable="PREVIOUS_SECRET_KEYS",
        secret=True,
    )
    replicas: bool = setting(
        False,
        "other servers answer for this one, so that its tokens must be good for all: SECRET_KEY "
        "must be told",
        variable="AUTOSUBMIT_REPLICAS",
    )
    token_seconds: int = setting(
        420_000,
        "seconds for which a token is good: 4 days, 20 hours and 40 minutes",
        read=whole_number(60, 366 * 86_400),
        variable="AUTOSUBMIT_TOKEN_SECONDS",
    )
    api_tokens: bool = setting(
        False,
        "accept also tokens of Autosubmit API, which are signed with the same SECRET_KEY and name "
        "neither who made them nor for whom",
        variable="AUTOSUBMIT_API_TOKENS",
    )
    secret_token: Secret | None = setting(
        None,
        "token of 32 characters or more that programs share, who are the user 'User'",
        read=_secret_token,
        variable="AS_API_SECRET_TOKEN",
        secret=True,
    )
    secret_token_commands: bool = setting(
        False,
        "let also those act who have the secret token",
        variable="AUTOSUBMIT_SECRET_TOKEN_COMMANDS",
    )
    public_url: str = setting(
        "",
        "address under which browsers find the server, with its path, such as "
        "https://api.example.org/api",
        read=_base,
        variable="AUTOSUBMIT_PUBLIC_URL",
    )
    allowed_hosts: tuple[str, ...] = setting(
        (),
        "names under which the server may be asked, separated by commas, besides the one in its "
        "public address, its machine's, and plain addresses",
        read=_hosts,
        variable="AUTOSUBMIT_ALLOWED_HOSTS",
    )
    trusted_proxies: tuple[str, ...] = setting(
        ("127.0.0.1", "::1"),
        "proxies whose X-Forwarded-For is believed: addresses or networks, separated by commas",
        read=_networks,
        variable="FORWARDED_ALLOW_IPS",
    )
    published_logins: tuple[str, ...] = setting(
        (),
        "pages of Autosubmit GUI, such as https://gui.example.org/login, separated by commas, that "
        "may log in with a bare code of GitHub or OpenID Connect, which anybody may have slipped "
        "to a browser; by default none may",
        read=_addresses,
        variable="AUTOSUBMIT_PUBLISHED_LOGINS",
    )
    cas_server_url: str = setting(
        "",
        "address of a CAS server, such as https://cas.example.org/cas/",
        read=_provider,
        variable="CAS_SERVER_URL",
    )
    cas_login_url: str = setting(
        "",
        "address of its login page, where that is not 'login' below the server's",
        read=_provider,
        variable="CAS_LOGIN_URL",
    )
    cas_verify_url: str = setting(
        "",
        "address at which it verifies tickets, where that is not 'serviceValidate' below the "
        "server's",
        read=_provider,
        variable="CAS_VERIFY_URL",
    )
    github_client_id: str = setting(
        "", "id of an OAuth app of GitHub", read=str, variable="GITHUB_OAUTH_CLIENT_ID"
    )
    github_client_secret: Secret | None = setting(
        None,
        "secret of that app",
        read=read_secret,
        variable="GITHUB_OAUTH_CLIENT_SECRET",
        secret=True,
    )
    github_organization: str = setting(
        "",
        "organisation on GitHub whose members may log in",
        read=str,
        variable="GITHUB_OAUTH_WHITELIST_ORGANIZATION",
    )
    github_team: str = setting(
        "",
        "team of that organisation whose members alone may log in",
        read=str,
        variable="GITHUB_OAUTH_WHITELIST_TEAM",
    )
    any_github_user: bool = setting(
        False,
        "let every user of GitHub log in, of no matter which organisation",
        variable="AUTOSUBMIT_ANY_GITHUB_USER",
    )
    github_url: str = setting(
        "https://github.com", "address of GitHub", read=_provider, variable="GITHUB_URL"
    )
    github_api_url: str = setting(
        "https://api.github.com",
        "address of GitHub's API",
        read=_provider,
        variable="GITHUB_API_URL",
    )
    oidc_issuer: str = setting(
        "",
        "address of an OpenID Connect provider, as its tokens name it",
        read=_provider,
        variable="OIDC_ISSUER",
    )
    oidc_client_id: str = setting(
        "", "id of this server at the provider", read=str, variable="OIDC_CLIENT_ID"
    )
    oidc_client_secret: Secret | None = setting(
        None,
        "secret of this server at the provider",
        read=read_secret,
        variable="OIDC_CLIENT_SECRET",
        secret=True,
    )
    oidc_token_url: str = setting(
        "",
        "address at which it gives tokens, where it does not tell it itself",
        read=_provider,
        variable="OIDC_TOKEN_URL",
    )
    oidc_userinfo_url: str = setting(
        "",
        "address at which it tells about users, where it does not tell it itself",
        read=_provider,
        variable="OIDC_USERINFO_URL",
    )
    oidc_username_source: str = setting(
        "id_token",
        "where the name of a user is taken from: id_token or userinfo",
        read=_source,
        variable="OIDC_USERNAME_SOURCE",
    )
    oidc_username_claim: str = setting(
        "sub",
        "claim that is the name of a user",
        read=lambda text: text or "sub",
        variable="OIDC_USERNAME_CLAIM",
    )

    def names_elsewhere(self) -> Iterator[str]:
        """Yield the names under which others than this machine know the server, behind a proxy."""
        public = read_address(self.public_url)
        told = [
            *([public.host] if public else []),
            *(one.strip("[]") for one in self.allowed_hosts),
        ]
        return (host for host in told if not is_loopback(host))

    def has_login(self) -> bool:
        """Tell whether anybody can log in."""
        cas = self.cas_server_url or (self.cas_login_url and self.cas_verify_url)
        return bool(cas or self.github_client_id or self.oidc_client_id)

    def wrong_logins(self) -> Iterator[str]:
        """Yield what is wrong with the login providers, in sentences."""
        if bool(self.cas_login_url) != bool(self.cas_verify_url) and not self.cas_server_url:
            yield "CAS_LOGIN_URL and CAS_VERIFY_URL need each other, or CAS_SERVER_URL"
        if bool(self.github_client_id) != bool(self.github_client_secret):
            yield "GITHUB_OAUTH_CLIENT_ID and GITHUB_OAUTH_CLIENT_SECRET need each other"
        if self.github_team and not self.github_organization:
            yield "GITHUB_OAUTH_WHITELIST_TEAM needs GITHUB_OAUTH_WHITELIST_ORGANIZATION"
        if self.github_client_id and not (self.github_organization or self.any_github_user):
            yield (
                "GitHub logins need GITHUB_OAUTH_WHITELIST_ORGANIZATION, or --any-github-user to "
                "let in everybody who has an account there"
            )
        told = (self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret)
        if any(told) and not all(told):
            yield "OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET need each other"
