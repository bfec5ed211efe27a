"""What the file system itself tells about an experiment's folder."""

from __future__ import annotations

import pwd
from dataclasses import dataclass
from pathlib import Path

from autosubmit_core.errors import SourceMissingError, SourceUnreadableError

__all__ = ["FolderFacts", "read_folder_facts"]


@dataclass(frozen=True, slots=True)
class FolderFacts:
    """Owner and dates of a folder; dates are seconds since 1970 UTC."""

    #: Number of the user whom the folder belongs to.
    owner_id: int
    #: Name of that user; empty if this machine knows none of that number.
    owner_name: str
    #: Last change of the folder's own data, which ``chmod`` and a rename move too: Unix keeps no
    #: date of birth, and Autosubmit's answers have always called this one "created".
    created: int
    #: Last read and last change of its list of entries.
    accessed: int
    modified: int


def read_folder_facts(path: Path) -> FolderFacts:
    """Read the facts of a folder.

    Raises :class:`SourceMissingError` if there is no folder, :class:`SourceUnreadableError` if it
    may not be read.
    """
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SourceMissingError(path) from error
    except OSError as error:
        raise SourceUnreadableError(path, "may not be read") from error
    return FolderFacts(
        owner_id=found.st_uid,
        owner_name=_user_name(found.st_uid),
        created=int(found.st_ctime),
        accessed=int(found.st_atime),
        modified=int(found.st_mtime),
    )


def _user_name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return ""
