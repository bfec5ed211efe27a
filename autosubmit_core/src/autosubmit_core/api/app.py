"""The program: ``python -m autosubmit_core.api.app``.

It puts the rooms together: settings, an installation (or the demo), the routes and a server. It
ends with 0 after a requested stop, with 2 after wrong options, and with 1 and one sentence when
there is no installation to serve or the port is taken.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import tornado.web
from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.routing import URLSpec

from autosubmit_core import demo
from autosubmit_core.api import docs, health, openapi, report, v3, v4, v4alpha
from autosubmit_core.api.access.make import Access, make_access, tell
from autosubmit_core.api.access.secret import Keys
from autosubmit_core.api.background import plans_of, start_background
from autosubmit_core.api.computing import Computing
from autosubmit_core.api.connections import Server, listen, more_descriptors
from autosubmit_core.api.handlers import ApiHandler, Route, RouteNotFound, canonical_path
from autosubmit_core.api.kept_answers import KeptAnswers
from autosubmit_core.api.logs import start_log
from autosubmit_core.api.metrics import MetricsServer, bind_metrics
from autosubmit_core.api.processes import serve_in_processes
from autosubmit_core.api.refusals import RefusedError
from autosubmit_core.api.rereading import watch_secrets
from autosubmit_core.api.service import Service
from autosubmit_core.api.settings import Settings, read_settings
from autosubmit_core.api.tasks import kept_task
from autosubmit_core.api.workers import MOST_SILENT, Workers, share_time
from autosubmit_core.archive import Archive, open_archive
from autosubmit_core.errors import AutosubmitError, InstallationError, SourceError
from autosubmit_core.readers.versions import is_missing
from autosubmit_core.runners.commands import Runners
from autosubmit_core.runners.configuration import ConfigurationFile, read_configuration
from autosubmit_core.store.places import store_of

__all__ = ["ROUTES", "Application", "main", "make_app", "make_server", "run", "serve"]

log = logging.getLogger("autosubmit_core.api")

SomeSettings = TypeVar("SomeSettings", bound=Settings)

#: Everything that is served.
ROUTES: list[Route] = [
    *health.routes,
    *report.routes,
    *v3.routes,
    *v4.routes,
    *openapi.routes,
    *docs.routes,
]

#: How long the body of a request may take to arrive, and a connection may be silent, in seconds.
BODY_SECONDS = 60.0
IDLE_SECONDS = 300.0
#: After so many seconds an answer about a large experiment may never come.
LARGE_SILENT_SECONDS = 120.0
#: How often it is looked what has become of the runs that were started here.
WATCH_SECONDS = 15.0


class Application(tornado.web.Application):
    """The routes over one archive; paths are brought to the routes' spelling first."""

    def __init__(self, service: Service, pages: Sequence[URLSpec] = (), **more: Any) -> None:
        self.service = service
        routes = [*ROUTES, *(v4alpha.routes if service.settings.experimental_commands else [])]
        super().__init__(
            [*pages, *(route.spec() for route in routes)],
            default_handler_class=RouteNotFound,
            log_function=_note_request,
            service=service,
            routes=routes,
            openapi=openapi.describe(routes, service.settings.root_path),
            **more,
        )

    def find_handler(  # type: ignore[override]  # the delegate's class is private to Tornado
        self, request: HTTPServerRequest, **kwargs: object
    ) -> HTTPMessageDelegate:
        request.path = canonical_path(request, self.service.settings.root_path)
        return super().find_handler(request, **kwargs)


def make_app(
    archive: Archive,
    settings: Settings,
    pages: Sequence[URLSpec] = (),
    access: Callable[[Access], Access] = lambda made: made,
    **more: Any,
) -> Application:
    """Return the application that serves an archive.

    ``access`` replaces what the settings say about who may see and do what, or parts of it.

    ``pages`` stand beside the API's routes, on the same port: a path is looked for among them first.
    Their handlers, best made of :class:`~autosubmit_core.api.handlers.ApiHandler`, share its workers
    and its kept answers, and find ``more`` in the settings of the application.
    """
    origins = settings.allowed_origins
    if origins is None:
        origins = _allowed_clients(archive)
    at_once = {"at_once": settings.computations, "waiting": settings.waiting, "silent": MOST_SILENT}
    looks = Workers(**at_once)
    installation = archive.installation
    database, clients = store_of(installation), installation.allowed_clients

    # For the life of the process, whatever other secrets are read again.
    own_key = Keys.of(None).signing

    def remake(told: Settings) -> Access:
        keys = Keys.of(told.secret_key or own_key, told.previous_keys)
        return access(make_access(told, keys, database, clients, looks.run))

    service = Service(
        archive=archive,
        settings=settings,
        access=remake(settings),
        remake=remake,
        allowed_origins=frozenset(origins),
        workers=Workers(**at_once, silent_seconds=LARGE_SILENT_SECONDS),
        light=Workers(**at_once),
        looks=looks,
        answers=KeptAnswers(settings.answers_memory * 2**20),
        checks=Workers(1, settings.waiting),
        runners=Runners(archive, ConfigurationFile(settings.api_file)),
        # Nobody waits for one to begin: what is not started at once is asked for again.
        commands=Workers(settings.commands, 0),
        machines=Workers(settings.commands, settings.waiting),
        computing=Computing(archive, settings.computations + MOST_SILENT),
    )
    return Application(service, pages, **more)


def make_server(app: Application) -> Server:
    """Return a server of an application; sockets are still to be added."""
    return Server(app, body_timeout=BODY_SECONDS, idle_connection_timeout=IDLE_SECONDS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; return the exit status of the process."""
    settings = read_settings(sys.argv[1:] if arguments is None else arguments, os.environ)
    return serve(settings, make_app)


def serve(
    settings: SomeSettings,
    make: Callable[[Archive, SomeSettings], Application],
    ready: Callable[[int], None] | None = None,
) -> int:
    """Serve what ``make`` makes of the installation until told to stop; return the exit status.

    ``ready`` is called with the port once the sockets listen.
    """
    start_log(settings.log_format, debug=settings.debug)
    # Until the loop takes signals itself: leave through the context managers.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    program = settings.program.partition(".")[0]
    try:
        if settings.api_config_file and is_missing(settings.api_config_file):
            log.warning("%s is not there, and so says nothing", settings.api_config_file)
        plans = plans_of(settings)
        read_configuration(settings.api_file)
    except (InstallationError, SourceError) as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 2
    where = f"port {settings.port} of {settings.address}"
    try:
        sockets = listen(settings.port, settings.address)
        where = f"the metrics' port {settings.metrics_port} of {settings.metrics_address}"
        metrics = bind_metrics(settings)
    except OSError as error:
        print(f"{program}: cannot listen on {where}: {error.strerror}.", file=sys.stderr)
        return 1
    try:
        with _installation(settings) as config:
            archive = open_archive(
                config,
                memory_bytes=settings.memory * 2**20,
                shared_folders=settings.shared_folders,
            )
            tell(settings)
            start_background(plans, archive, first=settings.init_bg_tasks)
            if ready:
                ready(sockets[0].getsockname()[1])

            def one(place: int) -> int:
                return asyncio.run(_serve(make(archive, settings), sockets, metrics[place]))

            if settings.processes == 1:
                return one(0)
            return serve_in_processes(settings.processes, one)
    except InstallationError as error:
        around = "To look around without one, start with --demo."
        print(f"{program}: {error} {around}", file=sys.stderr)
        return 1


def run(program: Callable[[], int] = main) -> None:
    """Run the program as a process of its own."""
    share_time()
    more_descriptors()
    status = program()
    logging.shutdown()
    sys.stdout.flush()
    # Not sys.exit, which waits for every thread: one that reads from a file system which does not
    # answer any more cannot be stopped, and nothing is lost with it.
    os._exit(status)


async def _serve(
    app: Application, sockets: list[socket.socket], for_metrics: list[socket.socket]
) -> int:
    server = make_server(app)
    server.add_sockets(sockets)
    metrics = MetricsServer(app.service) if for_metrics else None
    if metrics:
        metrics.start(for_metrics)
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    log.info("Tornado server is running on port %s", sockets[0].getsockname()[1])
    # Now, so that whoever is first to open a large experiment does not wait for it; where it cannot be
    # it is tried again then.
    with contextlib.suppress(RefusedError):
        app.service.computing.start()
    watches = (_watch(app.service), watch_secrets(app.service))
    watchers = [kept_task(each) for each in watches]
    await stop.wait()
    for watcher in watchers:
        watcher.cancel()
    # From here on a second signal ends the process at once.
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.remove_signal_handler(number)
    await _stop(server, app.service)
    if metrics:
        metrics.stop()
    return 0


async def _watch(service: Service) -> None:
    """Look every while what has become of the runs that were started here (RS-10)."""
    while True:
        look = asyncio.ensure_future(service.machines.run(service.runners.watch))
        await asyncio.wait([look])
        # Whatever ended it, it is said, and there is a next time: nobody else would look.
        error = look.exception()
        if isinstance(error, (AutosubmitError, RefusedError)):
            log.warning("what has become of the runs is not known: %s", error)
        elif error:
            log.error("what has become of the runs is not known", exc_info=error)
        await asyncio.sleep(WATCH_SECONDS)


async def _stop(server: Server, service: Service) -> None:
    """Take no new connections, let the requests under way end within their time, close the rest."""
    service.stopping = True
    if service.settings.stop_delay:
        log.info("stopping in %d s, not ready any more", service.settings.stop_delay)
        await asyncio.sleep(service.settings.stop_delay)
    server.stop()
    await service.events.stop()
    log.info("stopping: %d requests are under way", len(service.requests))
    end = time.monotonic() + service.settings.stop_seconds
    while service.requests and time.monotonic() < end:
        await asyncio.sleep(0.02)
    if service.requests:
        log.warning("%d requests did not end in time", len(service.requests))
    service.close()
    await server.close_all_connections()
    log.info("stopped")


@contextlib.contextmanager
def _installation(settings: Settings) -> Iterator[Path | None]:
    """Yield where the installation is told; for the demo, make one and remove it in the end."""
    if not settings.demo:
        yield settings.config
        return
    with tempfile.TemporaryDirectory(prefix="autosubmit_demo_") as folder:
        log.info("a demo installation is served from %s, which is removed at the end", folder)
        noted = not settings.disable_bg_tasks
        with demo.living(demo.build(Path(folder), noted=noted), noted=noted):
            yield Path(folder)


def _allowed_clients(archive: Archive) -> tuple[str, ...]:
    """Return the origins of the pages that the installation itself names as its clients."""
    clients = map(urlsplit, archive.installation.allowed_clients)
    return tuple(
        f"{client.scheme}://{client.netloc}".lower() for client in clients if client.netloc
    )


def _note_request(handler: tornado.web.RequestHandler) -> None:
    """Log and count a request that was answered."""
    # Every handler of ours is one, that of paths that no route has included.
    assert isinstance(handler, ApiHandler)
    request, user, status = handler.request, handler.identity.user, handler.get_status()
    path = handler.shown_path
    method, seconds = str(request.method)[:20], request.request_time()
    handler.service.measures.request(
        handler.route, method, status, seconds, endless=handler.endless
    )
    # Without its query, which may hold what only the client and we are to know.
    told = {
        **{"request_id": handler.request_id, "user": user.key if user else "", "method": method},
        **{"route": handler.route, "path": path, "status": status},
        "milliseconds": round(1000 * seconds, 1),
    }
    log.log(
        logging.DEBUG if request.path.startswith("/health/") else logging.INFO,
        *("%s %s %d %.0f ms %s", method, path, status, 1000 * seconds, handler.request_id),
        extra=told,
    )


if __name__ == "__main__":
    run()
