"""The command line: ``python -m autosubmit_site``."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import tornado.httpserver
import tornado.netutil
from autosubmit_core.demo import build

from autosubmit_site.app import make_app

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve the site until it is interrupted."""
    asked = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        if asked.demo:
            with tempfile.TemporaryDirectory(prefix="autosubmit-demo-") as folder:
                asyncio.run(_serve(build(Path(folder)), asked.address, asked.port))
        else:
            asyncio.run(_serve(asked.config, asked.address, asked.port))
    except OSError as error:
        sys.exit(f"autosubmit_site: {asked.address}, port {asked.port}: {error.strerror}")


def _parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m autosubmit_site",
        description="Serve web pages about the experiments of an Autosubmit installation.",
    )
    made.add_argument("--port", type=int, default=8080, help="0 takes a free one (default: 8080)")
    made.add_argument("--address", default="127.0.0.1", help="default: 127.0.0.1")
    which = made.add_mutually_exclusive_group()
    which.add_argument("--demo", action="store_true", help="show a made-up installation")
    which.add_argument(
        "--config",
        type=Path,
        metavar="PATH",
        help="the installation's autosubmitrc, or a folder that holds one",
    )
    return made


async def _serve(configuration: Path | None, address: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM."""
    sockets = tornado.netutil.bind_sockets(port, address)
    server = tornado.httpserver.HTTPServer(make_app(configuration))
    server.add_sockets(sockets)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    host, bound = sockets[0].getsockname()[:2]
    at = f"[{host}]" if ":" in host else host
    print(f"The experiments are at http://{at}:{bound}/ (Ctrl-C stops).", flush=True)
    await stop.wait()
    server.stop()
    await server.close_all_connections()
