"""What is asked of a machine that commands run on, whether it is this one or another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Machine", "Order", "Seen"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A command to be started."""

    #: The name of its folder: 32 hexadecimal digits.
    command_id: str
    arguments: Sequence[str]
    #: Variables of its environment besides the few that every command has.
    environment: Mapping[str, str | None]
    #: How long it may take and how much it may print; without a time both go on, and what is printed
    #: above the limit is dropped.
    seconds: int | None
    #: How many days after their end what is kept of other commands is removed when this one starts.
    keep_days: int
    output_bytes: int = 2**20


@dataclass(frozen=True, slots=True)
class Seen:
    """A command as the process table of its machine has it now."""

    #: Its process number; None if it never began.
    pid: int | None = None
    #: Whether it lives, or who stands beside it does.
    alive: bool = False
    #: How it ended: its exit status, ``timeout`` or ``output``; None if that is not written down.
    ended: str | None = None
    #: The machine it runs on, where that is another than the one that was asked.
    elsewhere: str = ""


class Machine(Protocol):
    """A machine; all of its answers may take long, and raise :class:`CommandError`."""

    def start(self, order: Order) -> int:
        """Start a command and return its process number.

        Raises :class:`UnconfirmedError` where it may have begun; after other errors nothing has.
        """

    def look(self, command_id: str, seconds: float = 0) -> Seen:
        """Return how a command is; wait for its end up to so many seconds."""

    def output(self, command_id: str, after: int, most: int) -> bytes:
        """Return what a command has printed, after so many bytes of it, at most so many."""

    def interrupt(self, command_id: str, group: bool) -> None:
        """Send a command SIGINT: its process alone, or all that it started."""
