"""Many listeners to the events of one experiment, and whether each heard all of it, once."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field

__all__ = ["Heard", "listen"]


@dataclass
class Heard:
    """What all listeners heard so far."""

    events: int = 0
    #: Changes of jobs before which another must have been that was not told.
    missed: int = 0
    #: Events that came to one listener twice, or after a later one.
    repeated: int = 0
    #: How often a listener had to come back, and how often it was told to read everything anew.
    reconnected: int = 0
    resyncs: int = 0
    #: The number of the last event of each listener.
    last: dict[int, int] = field(default_factory=dict)


async def listen(port: int, expid: str, number: int, heard: Heard) -> None:
    """Listen for ever, and come back with the last id when the stream ends."""
    known: dict[str, str] = {}
    last = ""
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
            back = f"Last-Event-ID: {last}\r\n" if last else ""
            asked = f"GET /v4/experiments/{expid}/events HTTP/1.1\r\nHost: localhost\r\n{back}\r\n"
            writer.write(asked.encode())
            try:
                while event := _fields((await reader.readuntil(b"\n\n")).decode()):
                    last = event.get("id", last)
                    _take(event, number, known, heard)
            finally:
                writer.close()
        except (OSError, asyncio.IncompleteReadError):
            await asyncio.sleep(1)
        heard.reconnected += 1


def _fields(text: str) -> dict[str, str]:
    """Return the fields of an event; lengths of chunks and headers are among the lines."""
    lines = (line.partition(": ") for line in text.splitlines())
    return {"": "", **{name: value for name, colon, value in lines if colon}}


def _take(event: dict[str, str], number: int, known: dict[str, str], heard: Heard) -> None:
    if "event" not in event:
        return
    heard.events += 1
    if "id" in event and event["event"] != "open":
        count = int(event["id"].rpartition(".")[2])
        heard.repeated += count <= heard.last.get(number, 0)
        heard.last[number] = count
    if event["event"] == "resync":
        heard.resyncs += 1
        known.clear()
    if event["event"] == "jobs":
        for job in json.loads(event["data"])["jobs"]:
            heard.missed += known.get(job["name"], job["was"]) != job["was"]
            known[job["name"]] = job["status"]
