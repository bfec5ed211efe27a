"""How a process that does tasks is told to end: between two steps, never within one.

Raised wherever a signal happens to come, an exception would also come while a connection is closed or
a batch is written.
"""

from __future__ import annotations

import signal
import time
from types import FrameType, TracebackType

__all__ = ["STOPPED", "Ending"]

#: What a program returns that SIGTERM has ended, as shells have it.
STOPPED = 128 + signal.SIGTERM


class Ending:
    """In its block SIGTERM asks the process to end, which it does when it looks or sleeps.

    It ends with :class:`SystemExit` of ``status``. To be used in the main thread.
    """

    def __init__(self, status: int = 0) -> None:
        self._status = status
        self._asked = self._asleep = False

    def __enter__(self) -> Ending:
        self._before = signal.signal(signal.SIGTERM, self._ask)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        signal.signal(signal.SIGTERM, self._before)

    def look(self) -> None:
        """Raise :class:`SystemExit` if the process was asked to end."""
        if self._asked:
            raise SystemExit(self._status)

    def sleep(self, seconds: float) -> None:
        """Sleep so many seconds, or until the process is asked to end: that is never within a step."""
        self._asleep = True
        try:
            self.look()
            time.sleep(seconds)
        finally:
            self._asleep = False

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self._asked = True
        if self._asleep:
            self.look()
