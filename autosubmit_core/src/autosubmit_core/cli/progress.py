"""How far something is, as a bar in a terminal."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TextIO

__all__ = ["Bar"]

_WIDTH = 30
#: The shortest time between two pictures, in seconds.
_STEP = 0.1


class Bar:
    """A bar that grows in the last line of a terminal and is gone in the end; elsewhere nothing."""

    def __init__(self, name: str, stream: TextIO) -> None:
        self._name = name
        self._stream = stream if stream.isatty() else None
        self._shown = 0.0

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._draw("")

    def show(self, done: int, total: int) -> None:
        """Draw how much of a total is done."""
        now = time.monotonic()
        if now - self._shown < _STEP:
            return
        self._shown = now
        filled = _WIDTH * done // max(total, 1)
        self._draw(f"{self._name} [{'#' * filled}{'.' * (_WIDTH - filled)}] {done}/{total}")

    def _draw(self, line: str) -> None:
        if self._stream is not None:
            # Back to the beginning, and clear to the end of the line.
            self._stream.write(f"\r\x1b[K{line}")
            self._stream.flush()
