"""What is noted about each experiment: the table ``details`` of the main database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from autosubmit_core.readers.versions import Location
from autosubmit_core.store.places import StoredText, beside, prepare, replace_rows

__all__ = ["Details", "write_details"]

#: As Autosubmit API makes it. Autosubmit 4.1.17 and later make it without a key.
_DETAILS = sa.Table(
    "details",
    sa.MetaData(),
    sa.Column("exp_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("user", StoredText, nullable=False),
    sa.Column("created", StoredText, nullable=False),
    sa.Column("model", StoredText, nullable=False),
    sa.Column("branch", StoredText, nullable=False),
    sa.Column("hpc", StoredText, nullable=False),
)


class Details(NamedTuple):
    """The details of one experiment."""

    #: Its number in the installation.
    exp_id: int
    #: Who owns its folder, and since when there is one, as ISO 8601 text with offset.
    user: str
    created: str
    #: Where its project comes from, and the platform of sections that name none.
    model: str
    branch: str
    hpc: str


def write_details(connection: sa.Connection, location: Location, rows: Sequence[Details]) -> None:
    """Write the details of some experiments into the main database, all of them or none.

    There is one row of each afterwards, however many there were. ``connection`` is a transaction of our
    own database. Raises :class:`~autosubmit_core.StoreError` if it cannot be written, or is not there.
    """
    with beside(connection, location, create=False) as database:
        prepare(database, _DETAILS)
        replace_rows(database, _DETAILS, ["exp_id"], [row._asdict() for row in rows])
