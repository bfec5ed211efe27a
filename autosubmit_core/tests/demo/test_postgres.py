"""Ports for servers that are started for a while."""

from __future__ import annotations

import socket

import pytest

from autosubmit_core.demo import postgres


def test_a_port_is_not_given_twice_nor_handed_out_by_the_system() -> None:
    ports = [postgres.unused_port() for _ in range(3)]
    assert len(set(ports)) == 3
    assert all(20_000 <= port < 32_768 for port in ports)


def test_a_port_in_use_is_passed_over_until_none_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        used, free = taken.getsockname()[1], postgres.unused_port()
        monkeypatch.setattr(postgres, "_PORTS", iter([used, free]))
        assert postgres.unused_port() == free
        with pytest.raises(OSError, match="no port of the loopback is left"):
            postgres.unused_port()
