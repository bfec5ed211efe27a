"""Several clients that ask at once, in a process of their own: ``python -m comparison.crowd PORT PATH…``.

What they receive is large; in the process that measures others it would be in their way.
"""

from __future__ import annotations

import http.client
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

__all__ = ["crowd"]

_BEGINNING = "asking"


@contextmanager
def crowd(port: int, paths: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """Yield a process that asks for all paths at once, and ends when all were answered."""
    program = [sys.executable, "-m", "comparison.crowd", str(port), *paths]
    folder = Path(__file__).parents[1]
    with subprocess.Popen(program, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == _BEGINNING
        try:
            yield process
        finally:
            process.kill()


def _ask(port: int, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path, headers={"Accept-Encoding": "identity"})
    received = bytearray(2**20)
    answer = connection.getresponse()
    while answer.readinto(received):
        pass
    connection.close()


def main() -> None:
    port, *paths = sys.argv[1:]
    asking = [threading.Thread(target=_ask, args=(int(port), path)) for path in paths]
    print(_BEGINNING, flush=True)
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()


if __name__ == "__main__":
    main()
