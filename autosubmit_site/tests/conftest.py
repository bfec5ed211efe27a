"""Installations to show, made by code, and a way to ask the site for a page."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import tornado.web
from autosubmit_core import ExperimentTable, open_archive
from autosubmit_core.access import Level
from autosubmit_core.demo import build
from autosubmit_core.demo.postgres import PostgresServer, postgres_programs, running_postgres
from autosubmit_core.demo.writing.catalogues import write_catalogue, write_run_control
from autosubmit_core.workers.figures import FiguresTask
from autosubmit_core.workers.schedule import run_once
from autosubmit_core.workers.status import StatusTask
from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from autosubmit_site import SiteSettings, make_site


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL server, started for the tests and stopped after them."""
    programs = postgres_programs()
    if programs is None:
        if os.environ.get("AUTOSUBMIT_TEST_REQUIRE_ALL") == "1":
            pytest.fail("PostgreSQL must be there when AUTOSUBMIT_TEST_REQUIRE_ALL=1")
        pytest.skip("PostgreSQL (initdb and postgres) is not on this machine")
    with running_postgres(programs) as server:
        yield server


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo installation, of which background tasks have noted everything."""
    folder = build(tmp_path_factory.mktemp("demo"), noted=True)
    for task in (StatusTask(), FiguresTask()):
        run_once(task, open_archive(folder))
    return folder


@pytest.fixture(scope="session")
def demo_site(demo: Path) -> tornado.web.Application:
    """The site of the demo installation."""
    return make_site(open_archive(demo), SiteSettings(protection_level=Level.NONE))


@pytest.fixture
def make_installation(tmp_path: Path) -> Callable[..., Path]:
    """Make an installation that has registered some experiments, of which nothing else is there.

    Columns are those of :class:`~autosubmit_core.ExperimentTable`; gives its ``autosubmitrc``.
    """

    def make(name: list[str], **columns: Any) -> Path:
        ids = columns.pop("id", range(1, len(name) + 1))
        table = ExperimentTable.of(len(name), id=list(ids), name=name, **columns)
        write_catalogue(tmp_path / "autosubmit", table)
        run_control = tmp_path / ".autosubmitrc"
        write_run_control(run_control, tmp_path / "autosubmit")
        return run_control

    return make


@pytest.fixture
def site_of() -> Callable[..., tornado.web.Application]:
    """Make the site of an installation, with some settings."""

    def make(config: Path, **settings: Any) -> tornado.web.Application:
        return make_site(
            open_archive(config), SiteSettings(**{"protection_level": Level.NONE, **settings})
        )

    return make


@pytest.fixture
def fetch_all() -> Callable[..., list[HTTPResponse]]:
    """Ask an application for some paths at once, over HTTP; gives all answers."""

    async def answers(
        app: tornado.web.Application, paths: tuple[str, ...], method: str, headers: dict[str, str]
    ) -> Any:
        sockets = bind_sockets(0, "127.0.0.1")
        server = HTTPServer(app)
        server.add_sockets(sockets)
        # However many wait for their turn, on whatever machine.
        patient = {"connect_timeout": 600.0, "request_timeout": 600.0}
        client = AsyncHTTPClient(force_instance=True, defaults=patient)
        at = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
        body = b"" if method == "POST" else None
        try:
            return await asyncio.gather(
                *(
                    client.fetch(
                        at + path,
                        method=method,
                        body=body,
                        headers=headers,
                        raise_error=False,
                        follow_redirects=False,
                    )
                    for path in paths
                )
            )
        finally:
            client.close()
            server.stop()
            await server.close_all_connections()

    def fetch(
        app: tornado.web.Application, *paths: str, method: str = "GET", **headers: str
    ) -> list[HTTPResponse]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answered: list[HTTPResponse] = asyncio.run(answers(app, paths, method, named))
        return answered

    return fetch


@pytest.fixture
def fetch(fetch_all: Callable[..., list[HTTPResponse]]) -> Callable[..., HTTPResponse]:
    """Do the same; gives the last one's answer."""
    return lambda *asked, **more: fetch_all(*asked, **more)[-1]
