"""An empty database of a real PostgreSQL server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from autosubmit_core.readers.servers import Server, server_of


@pytest.fixture
def server(postgres: Any) -> Server:
    """A server with an empty database."""
    return server_of(postgres.new_database())


@pytest.fixture
def run(server: Server) -> Callable[..., None]:
    """Runs statements in one transaction of somebody else's."""

    def execute(*statements: str) -> None:
        with server.writing() as connection:
            for statement in statements:
                connection.execute(sa.text(statement))

    return execute
