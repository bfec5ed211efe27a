"""Where the job list of an experiment is: in a pickle, or in a table since Autosubmit 4.2."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["Storage", "choose_storage"]

Storage: TypeAlias = Literal["pickle", "table"]

#: The first version that keeps the job list in a table.
_FIRST_WITH_TABLE = (4, 2)

#: A text with more digits is no version.
_MOST_DIGITS = 9


def choose_storage(version: str | None, pickle_exists: bool, table_exists: bool) -> Storage:
    """Return the storage that counts for an experiment registered under a version of Autosubmit.

    A version that does not tell (``Unknown``) counts as new if there is a table. Of an experiment
    whose registered version is wrong (it was upgraded by hand), the storage that is there counts.

    >>> choose_storage("4.1.17.1", True, True), choose_storage("4.10.1", True, True)
    ('pickle', 'table')
    """
    new = _has_table(version)
    chosen: Storage = "table" if new or (new is None and table_exists) else "pickle"
    if chosen == "table" and pickle_exists and not table_exists:
        return "pickle"
    if chosen == "pickle" and table_exists and not pickle_exists:
        return "table"
    return chosen


def _has_table(version: str | None) -> bool | None:
    """Tell whether a version keeps job lists in tables; None if it does not say.

    An experiment without a version is older than the noting of versions.
    """
    if not version:
        return False
    major, _, rest = version.partition(".")
    minor = rest.partition(".")[0]
    if not (major.isdecimal() and minor.isdecimal()) or len(major + minor) > _MOST_DIGITS:
        return None
    return (int(major), int(minor)) >= _FIRST_WITH_TABLE
