"""The commit that a git working copy stands at, read from its files; git is never run.

The folder belongs to the experiment's owner, and git would run the programs that its
configuration names.
"""

from __future__ import annotations

import os.path
import re
from pathlib import Path

from autosubmit_core.errors import SourceError
from autosubmit_core.readers.configuration.sources import Sources

__all__ = ["read_head_commit"]

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.ASCII)
_REFERENCE = re.compile(r"ref: (refs/[^\s\0]+)")


def read_head_commit(project: Path, sources: Sources) -> str | None:
    """Return the commit of ``HEAD``; None if the folder is no working copy or has no commit yet."""
    repository = _repository(project, sources)
    if repository is None:
        return None
    head = _line(repository / "HEAD", sources)
    reference = _REFERENCE.fullmatch(head)
    if reference is None:
        return head if _COMMIT.fullmatch(head) else None
    # A linked working tree keeps its own HEAD and shares the branches with the main one.
    common = repository / (_line(repository / "commondir", sources) or ".")
    return _branch(repository, reference[1], sources) or _branch(common, reference[1], sources)


def _repository(project: Path, sources: Sources) -> Path | None:
    """Return the folder of the repository: ``.git``, or where a file of that name points."""
    marker = project / ".git"
    if not os.path.isfile(marker):
        return marker if sources.permitted(marker) else None
    pointed = project / _line(marker, sources).removeprefix("gitdir: ")
    return pointed if sources.permitted(pointed) else None


def _branch(repository: Path, name: str, sources: Sources) -> str | None:
    commit = _line(repository / name, sources)
    if _COMMIT.fullmatch(commit):
        return commit
    for line in _text(repository / "packed-refs", sources).splitlines():
        packed, _, packed_name = line.partition(" ")
        if packed_name == name and _COMMIT.fullmatch(packed):
            return packed
    return None


def _line(path: Path, sources: Sources) -> str:
    return _text(path, sources).strip()


def _text(path: Path, sources: Sources) -> str:
    """Return the text of a file of the repository, empty if it cannot be read."""
    if not sources.permitted(path):
        return ""
    try:
        return sources.text(path)
    except SourceError:
        return ""
