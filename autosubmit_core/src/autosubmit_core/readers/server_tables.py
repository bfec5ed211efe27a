"""Tables on a PostgreSQL server, read by name as those of an SQLite file are, and their versions.

Autosubmit keeps one schema per experiment, named as the experiment is, and what belongs to none in
the schema ``public``.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, NamedTuple

import sqlalchemy as sa

from autosubmit_core.errors import SourceUnreadableError
from autosubmit_core.readers.row_blocks import columns_of_blocks
from autosubmit_core.readers.servers import Server, sitting_on

__all__ = [
    "FRESH_SECONDS",
    "ServerTables",
    "TablesVersion",
    "look_anew",
    "read_server_tables",
    "tables_bytes",
    "tables_versions",
]

#: How many rows are fetched at once.
_ROWS = 5_000

#: How many places are looked at in one transaction. It holds a lock on each table and index until it
#: ends, and all transactions of a server together may hold some 6,000.
_PLACES = 100

#: For how long what was seen of a server is taken for what it is, in seconds. An answer looks at some
#: twenty versions, most of them several times; a change is seen that much later, and by the next look.
FRESH_SECONDS = 0.05

#: What SQLite orders rows by when nobody asks for an order; a server changes its own with every
#: change of a row. Tables that are not named here are written once, and read as they lie.
_KEYS = {
    "experiment": ("id",),
    "experiment_run": ("run_id",),
    "experiment_structure": ("e_from", "e_to"),
    "job_data": ("id",),
    "jobs": ("name",),
    "user_metrics": ("user_metric_id",),
}

#: The columns of some tables, and whether they hold text. Views are not ours to run.
#: (The OFFSETs keep the planner from reading all that the server knows of its tables, which may be a
#: hundred thousand, for the few that are asked for.)
_COLUMNS = sa.text(
    "SELECT n.nspname, c.relname, c.oid, a.attname, a.is_text"
    " FROM unnest(CAST(:schemas AS text[]), CAST(:names AS text[])) AS asked (schema, name)"
    " JOIN LATERAL (SELECT oid, nspname FROM pg_catalog.pg_namespace"
    " WHERE nspname = asked.schema OFFSET 0) n ON true"
    " JOIN LATERAL (SELECT oid, relname FROM pg_catalog.pg_class WHERE relnamespace = n.oid"
    " AND relname = asked.name AND relkind IN ('r', 'p') OFFSET 0) c ON true"
    " JOIN LATERAL (SELECT attname, attcollation <> 0 AS is_text FROM pg_catalog.pg_attribute"
    " WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped ORDER BY attnum OFFSET 0) a ON true"
)

_BYTES = sa.text(
    "SELECT coalesce(sum(pg_relation_size(c.oid)), 0) FROM pg_catalog.pg_class c"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = :schema AND c.relname = ANY (:names) AND c.relkind IN ('r', 'p')"
)

#: When the server was started, and which transactions count at this moment: as long as that text is
#: the same, nothing on the server has changed. (Not on a standby, which numbers none itself.)
_MOMENT = sa.text(
    "SELECT pg_postmaster_start_time()::text AS started, CASE WHEN NOT pg_is_in_recovery()"
    " THEN pg_postmaster_start_time()::text || ' ' || pg_current_snapshot()::text END AS moment"
)


@dataclass(frozen=True, slots=True)
class ServerTables:
    """Some tables of a schema, or some rows of them: what is a file elsewhere."""

    server: Server
    schema: str
    names: tuple[str, ...]
    #: The experiment whose rows they are, for tables of all; None for all rows.
    expid: str | None = None

    def __str__(self) -> str:
        return f"{self.server}/{self.table}"

    @property
    def table(self) -> str:
        """The name of the first table, of an experiment that of its schema before it."""
        return f"{self.expid or self.schema}.{self.names[0]}"


class TablesVersion(NamedTuple):
    """The identity of the content of some tables."""

    place: ServerTables
    #: A digest of which versions of which rows there are; empty if there are no tables, or not the
    #: rows that are meant. None if the server could not be asked.
    digest: str | None
    #: No change is too quick to be seen.
    settled: bool = True

    @property
    def exists(self) -> bool:
        """Whether there is anything."""
        return bool(self.digest)


@contextmanager
def read_server_tables(place: ServerTables) -> Iterator[_ServerDatabase]:
    """Open some tables as they are at one moment; nothing can be changed.

    Raises :class:`SourceUnreadableError`, also for the reads within, if the server cannot be used.
    """
    with _errors_of(place), place.server.reading() as connection:
        yield _ServerDatabase(place, connection)


@contextmanager
def _errors_of(place: ServerTables) -> Iterator[None]:
    """Let errors of the server name what was read."""
    try:
        yield
    except SourceUnreadableError as error:
        raise SourceUnreadableError(str(place), error.reason) from error


class _ServerDatabase:
    """A :class:`~autosubmit_core.readers.database.Database` of some tables of a server."""

    def __init__(self, place: ServerTables, connection: sa.Connection) -> None:
        self._place = place
        self._connection = connection
        self._known = _known_columns(connection, place)

    def tables(self) -> frozenset[str]:
        return frozenset(self._known)

    def columns_of(self, table: str) -> tuple[str, ...]:
        return tuple(self._known.get(table, ()))

    def columns(
        self,
        table: str,
        names: Sequence[str],
        *,
        order_by: Sequence[str] = (),
        where: Mapping[str, object] | None = None,
    ) -> dict[str, list[Any]]:
        known = self.columns_of(table)
        wanted = [name for name in dict.fromkeys(names) if name in known]
        conditions = dict(where or {})
        if self._place.expid is not None:
            conditions["expid"] = self._place.expid
        if not wanted or not conditions.keys() <= set(known):
            return {name: [] for name in wanted}
        query = sa.select(*map(_column, wanted)).select_from(_table(self._place, table))
        for name, value in conditions.items():
            # Of None that is IS NULL; one operator for both could not use an index.
            query = query.where(_column(name) == value)
        query = query.order_by(*self._order(table, order_by))
        if sitting_on(self._place.server):
            # Many small tables: a cursor on the server would be asked three times for each.
            rows = self._connection.execute(query)
            return columns_of_blocks(wanted, rows.partitions(_ROWS))
        rows = self._connection.execute(query, execution_options={"yield_per": _ROWS})
        return columns_of_blocks(wanted, rows.partitions())

    def _order(self, table: str, order_by: Sequence[str]) -> list[sa.ColumnElement[Any]]:
        """Return the order of the rows, of texts that of their bytes, as in SQLite."""
        known = self._known[table]
        keys = [name for name in order_by or _KEYS.get(table, ()) if name in known]
        ordered: list[sa.ColumnElement[Any]] = [
            sa.collate(_column(name), "C") if known[name] else _column(name) for name in keys
        ]
        return ordered or [sa.literal_column("ctid")]


def tables_versions(places: Iterable[ServerTables]) -> tuple[TablesVersion, ...]:
    """Return the versions of the content of some places.

    Whatever changes a row makes another version of it, which the server numbers by the transaction.
    So which versions of rows are there tells whether anything changed, and no change is overlooked,
    whatever Autosubmit notes or does not note about it.
    """
    asked = list(places)
    digests: dict[ServerTables, str | None] = {}
    for server in dict.fromkeys(place.server for place in asked):
        theirs = list(dict.fromkeys(place for place in asked if place.server == server))
        for begin in range(0, len(theirs), _PLACES):
            digests.update(_digests_or_none(server, theirs[begin : begin + _PLACES]))
    return tuple(TablesVersion(place, digests[place]) for place in asked)


def _digests_or_none(
    server: Server, places: Sequence[ServerTables]
) -> Mapping[ServerTables, str | None]:
    """Return digests, None for places that cannot be looked at; of many, these cost only themselves."""
    try:
        return _digests(server, places)
    except SourceUnreadableError:
        if len(places) == 1:
            return dict.fromkeys(places)
    return {place: _digests_or_none(server, [place])[place] for place in places}


def look_anew(server: Server) -> None:
    """Let the next look at a server be one, because something was written there just now."""
    _SEEN.pop(server, None)


def tables_bytes(places: Sequence[ServerTables]) -> int:
    """Return about how many bytes some tables or rows of one server take, without their indices.

    Raises :class:`SourceUnreadableError`.
    """
    with _errors_of(places[0]), places[0].server.reading() as connection:
        return sum(_bytes_of(connection, place) for place in places)


def _bytes_of(connection: sa.Connection, place: ServerTables) -> int:
    asked = {"schema": place.schema, "names": list(place.names)}
    if place.expid is None:
        return int(connection.execute(_BYTES, asked).scalar_one())
    if not _known_columns(connection, place):
        return 0
    length = sa.func.coalesce(sa.func.sum(sa.func.octet_length(_column("pkl"))), 0)
    query = sa.select(length).select_from(_table(place, place.names[0]))
    return int(connection.execute(query.where(_column("expid") == place.expid)).scalar_one())


@dataclass(frozen=True, slots=True)
class _Seen:
    """What places of one server held at the last moment that was looked at."""

    #: What the server calls the moment; None if it has no name for it.
    moment: str | None
    #: When that was, by the monotonic clock.
    looked: float
    #: The digests that were asked for so far.
    digests: dict[ServerTables, str]


#: What was seen last of each server.
_SEEN: dict[Server, _Seen] = {}


def _digests(server: Server, places: Sequence[ServerTables]) -> dict[ServerTables, str]:
    """Return a digest of the content of each place; raises :class:`SourceUnreadableError`."""
    if open_one := sitting_on(server):
        with server.reading() as connection:
            return _digests_among(open_one.digests, connection, places)
    now = time.monotonic()
    seen = _SEEN.get(server)
    if seen and now - seen.looked < FRESH_SECONDS and seen.digests.keys() >= set(places):
        return {place: seen.digests[place] for place in places}
    with server.reading() as connection:
        moment = connection.execute(_MOMENT).one().moment
        known = seen.digests if seen and seen.moment == moment and moment is not None else {}
        _SEEN[server] = _Seen(moment, now, known)
        return _digests_among(known, connection, places)


def _digests_among(
    known: dict[Any, Any], connection: sa.Connection, places: Sequence[ServerTables]
) -> dict[ServerTables, str]:
    """Return digests, some of which are known; those that are not will be."""
    new = [place for place in places if place not in known]
    if new:
        known.update(_digests_of(connection, new))
    return {place: known[place] for place in places}


def _digests_of(
    connection: sa.Connection, places: Sequence[ServerTables]
) -> dict[ServerTables, str]:
    # A server that was started anew may be another one, of an older state, that numbers alike.
    started = connection.execute(_MOMENT).one().started
    columns = _columns_of(connection, places)
    rows = _rows_of(connection, places, columns)
    digests = {}
    for place in places:
        tables = [name for name in place.names if (place.schema, name) in columns]
        counted = [(name, *rows[place, name]) for name in tables]
        if not tables or (place.expid is not None and not any(count for _, count, _ in counted)):
            digests[place] = ""
            continue
        told = repr((started, [columns[place.schema, name] for name in tables], counted))
        digests[place] = blake2b(told.encode(), digest_size=16).hexdigest()
    return digests


def _rows_of(
    connection: sa.Connection,
    places: Sequence[ServerTables],
    columns: Mapping[tuple[str, str], object],
) -> dict[tuple[ServerTables, str], tuple[int, str]]:
    """Return how many rows of each table there are, and a sum over which versions of them."""
    asked = [
        (place, name) for place in places for name in place.names if (place.schema, name) in columns
    ]
    if not asked:
        return {}
    counts = (_count_of(number, place, name) for number, (place, name) in enumerate(asked))
    query = sa.text(" UNION ALL ".join(counts))
    expids = {f"e{n}": place.expid for n, (place, _) in enumerate(asked) if place.expid is not None}
    found = connection.execute(query, expids)
    return {asked[number]: (count, str(versions)) for number, count, versions in found}


def _count_of(number: int, place: ServerTables, name: str) -> str:
    """Return the part of a statement that counts the rows of one table.

    It is put together as text, because hundreds of parts differ every time.
    """
    table = f"{_quoted(place.schema)}.{_quoted(name)}"
    where = "" if place.expid is None else f" WHERE expid = :e{number}"
    versions = "sum(hashtextextended(ctid::text || xmin::text, 0))"
    return f"SELECT {number}, count(*), {versions} FROM {table}{where}".replace("::", "\\:\\:")


def _quoted(name: str) -> str:
    """Return a name as an identifier of a statement, in which a colon is none of a parameter."""
    return '"' + name.replace('"', '""').replace(":", "\\:") + '"'


def _columns_of(
    connection: sa.Connection, places: Sequence[ServerTables]
) -> dict[tuple[str, str], list[tuple[Any, ...]]]:
    """Return the columns of those tables that are there, by schema and name."""
    open_one = sitting_on(places[0].server)
    known: dict[tuple[str, str], Any] = open_one.columns if open_one else {}
    asked = dict.fromkeys((place.schema, name) for place in places for name in place.names)
    new = [table for table in asked if table not in known]
    if new:
        schemas, names = zip(*new)
        known.update((table, []) for table in new)
        found = connection.execute(_COLUMNS, {"schemas": list(schemas), "names": list(names)})
        for schema, table, *told in found:
            known[schema, table].append(tuple(told))
    return {table: known[table] for table in asked if known[table]}


def _known_columns(connection: sa.Connection, place: ServerTables) -> dict[str, dict[str, bool]]:
    """Return the columns of those tables that are there, and whether each holds text."""
    return {
        table: {column: is_text for _, column, is_text in told}
        for (_, table), told in _columns_of(connection, [place]).items()
    }


def _table(place: ServerTables, name: str) -> sa.TableClause:
    quoted = sa.sql.quoted_name
    return sa.table(quoted(name, True), schema=quoted(place.schema, True))


def _column(name: str) -> sa.ColumnClause[Any]:
    return sa.column(sa.sql.quoted_name(name, True))
