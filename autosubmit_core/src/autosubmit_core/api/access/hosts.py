"""From where a request comes, and under which name the server is asked (S-12)."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

__all__ = ["AllowedHosts", "client_address", "network_of"]

_WITH_PORT = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]]+)(:\d{1,5})?", re.ASCII)


class AllowedHosts:
    """The names under which a server answers.

    A page of anybody can let its own name mean the address of a server that only its visitors
    reach, and read the answers as its own; so a name that nobody told is refused. Plain addresses
    are safe: nobody can let them mean another.
    """

    def __init__(self, told: Sequence[str], public_url: str) -> None:
        public = urlsplit(public_url).hostname
        self._names = {
            "localhost",
            socket.gethostname().lower(),
            *told,
            *([public] if public else []),
        }

    def allow(self, host: str) -> bool:
        """Tell whether the ``Host`` header of a request names this server.

        >>> hosts = AllowedHosts([], "https://api.example.org/api")
        >>> [hosts.allow(host) for host in ("api.example.org:443", "10.0.0.7", "evil.example")]
        [True, True, False]
        """
        found = _WITH_PORT.fullmatch(host.lower())
        if not found:
            return False
        name = found[1].strip("[]")
        return name in self._names or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def client_address(peer: str, forwarded: str, trusted: Sequence[str]) -> str:
    """Return the address of the client of a request.

    ``forwarded`` is the header ``X-Forwarded-For``, to which each proxy adds whom it was asked by. It
    is believed from its end on, as far as it was written by proxies that are trusted.

    >>> client_address("127.0.0.1", "6.6.6.6, 192.0.2.7", ["127.0.0.1"])
    '192.0.2.7'
    """
    networks = [ipaddress.ip_network(one) for one in trusted]
    address = peer
    for before in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
        if not _is_address(address) or not any(
            ipaddress.ip_address(address) in network for network in networks
        ):
            break
        if not _is_address(before):
            break
        address = before
    return address


def network_of(address: str) -> str:
    """Return what counts as one place when tries are counted (S-31): an IPv6 network of 64 bits.

    Whoever has one IPv6 address has all of its network, and could try from each.

    >>> network_of("192.0.2.7"), network_of("::ffff:192.0.2.7"), network_of("2001:db8::7")
    ('192.0.2.7', '192.0.2.7', '2001:db8::/64')
    """
    if not _is_address(address):
        return address
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((int(found), 64), strict=False))
