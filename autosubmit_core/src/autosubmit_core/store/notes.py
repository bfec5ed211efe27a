"""What the background work knows of each experiment: what it was made from, and what went wrong.

An experiment whose files are those that are noted needs no second look. What is noted stays when an
experiment is archived, cannot be read or is deleted: that is noted too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from autosubmit_core.readers.server_tables import ServerTables, TablesVersion
from autosubmit_core.readers.servers import Server
from autosubmit_core.readers.versions import FileVersion, Version, current_groups
from autosubmit_core.store.places import (
    StoredText,
    StorePlace,
    prepare,
    read_columns,
    replace_rows,
)

__all__ = [
    "ARCHIVED",
    "DELETED",
    "PRESENT",
    "UNREADABLE",
    "Note",
    "notes_of",
    "packed",
    "that_hold",
    "write_notes",
]

#: What became of an experiment: all is well, its folder is gone, it is registered no more, or it is
#: there and cannot be read.
PRESENT, ARCHIVED, DELETED, UNREADABLE = "present", "archived", "deleted", "unreadable"

_NOTES = sa.Table(
    "worker_notes",
    sa.MetaData(),
    sa.Column("task", StoredText, primary_key=True),
    sa.Column("exp_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", StoredText, nullable=False),
    sa.Column("state", StoredText, nullable=False),
    sa.Column("reason", StoredText, nullable=False),
    sa.Column("versions", StoredText, nullable=False),
)


class Note(NamedTuple):
    """What one task noted about one experiment."""

    exp_id: int
    name: str
    #: One of :data:`PRESENT` and the others, and why, for those that cannot be read.
    state: str
    reason: str
    #: The files and tables that were looked at, as they were before, :func:`packed`; empty if it is to be
    #: looked at again whatever becomes of them.
    versions: str


def notes_of(place: StorePlace, task: str) -> dict[int, Note]:
    """Return what a task noted, by the numbers of the experiments."""
    rows = read_columns(place, "worker_notes", Note._fields, {"task": task})
    return {row[0]: Note(*row) for row in rows}


def write_notes(connection: sa.Connection, task: str, notes: Iterable[Note]) -> None:
    """Note something about some experiments instead of what was noted."""
    prepare(connection, _NOTES)
    rows = [{"task": task, **note._asdict()} for note in notes]
    replace_rows(connection, _NOTES, ["task", "exp_id"], rows)


def packed(versions: Iterable[Version]) -> str:
    """Return the versions of files and tables as JSON; of a server, which has a password, nothing."""
    return json.dumps([_plain(version) for version in versions])


def that_hold(place: StorePlace, notes: Sequence[Note]) -> list[bool]:
    """Tell of which notes all files and tables are still those that were looked at."""
    groups = [_unpacked(place, note.versions) if note.versions else None for note in notes]
    held = iter(current_groups([group for group in groups if group is not None]))
    return [group is not None and next(held) for group in groups]


def _plain(version: Version) -> list[Any] | dict[str, Any]:
    if isinstance(version, FileVersion):
        return list(version)
    place = version.place
    where = {"schema": place.schema, "names": place.names, "expid": place.expid}
    return {**where, "digest": version.digest}


def _unpacked(place: StorePlace, text: str) -> tuple[Version, ...]:
    return tuple(_version(place, plain) for plain in json.loads(text))


def _version(place: StorePlace, plain: list[Any] | dict[str, Any]) -> Version:
    if isinstance(plain, list):
        return FileVersion(*plain)
    assert isinstance(place, Server), "tables are noted where there are tables"
    names = tuple(plain["names"])
    return TablesVersion(
        ServerTables(place, plain["schema"], names, plain["expid"]), plain["digest"]
    )
