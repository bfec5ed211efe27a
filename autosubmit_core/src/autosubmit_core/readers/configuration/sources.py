"""The files behind a configuration: which may be read, which were, and what was refused."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Sequence
from pathlib import Path

from autosubmit_core.errors import (
    SourceMissingError,
    SourceUnreadableError,
    SourceWarning,
)
from autosubmit_core.readers.versions import FileVersion, file_version

__all__ = ["Sources"]

#: Bytes of the largest file that is read; the largest real one has some hundred thousand.
_LARGEST_FILE = 4 * 1024 * 1024

#: Most files of one configuration.
_MOST_FILES = 2000

#: How much time of a processor one configuration takes at most, in seconds; a real one takes less
#: than one. Each file is laid over all that came before, so that many and large ones take the product.
MOST_SECONDS = 60.0


class Sources:
    """Reads the files of one experiment's configuration and remembers their versions.

    A configuration may name any path. Only files that lie, after links are followed, in the
    experiment's folder or in one of the shared folders are read for it: whatever this process
    reads shows in answers.
    """

    def __init__(self, folder: Path, include_roots: Sequence[Path]) -> None:
        self._folder = folder
        self._roots = [os.path.realpath(root) for root in (folder, *include_roots)]
        self._versions: dict[str, FileVersion] = {}
        self._warnings: dict[str, SourceWarning] = {}
        self._end = time.thread_time() + MOST_SECONDS

    @property
    def consulted(self) -> tuple[FileVersion, ...]:
        """The versions of all files and folders that were looked at, as of before the look."""
        return tuple(self._versions.values())

    @property
    def warnings(self) -> tuple[SourceWarning, ...]:
        """What was refused or doubtful, each once."""
        return tuple(self._warnings.values())

    def warn(self, code: str, message: str) -> None:
        """Remember a warning for the user."""
        self._warnings[message] = SourceWarning("configuration", code, message)

    def refuse(self, what: str) -> None:
        """Remember that a file was not read because of where it lies."""
        self.warn(
            "refused", f"{what} outside the experiment and the shared folders; it was not read."
        )

    def consult(self, path: Path) -> None:
        """Remember the version of a file or folder, also of one that is not there."""
        if len(self._versions) > _MOST_FILES:
            raise SourceUnreadableError(
                path, f"the configuration has more than {_MOST_FILES} files"
            )
        if time.thread_time() > self._end:
            raise SourceUnreadableError(
                path, f"the configuration takes more than {MOST_SECONDS:.0f} seconds to be read"
            )
        self._versions.setdefault(str(path), file_version(path))

    def permitted(self, path: Path) -> bool:
        """Tell whether a path lies in the experiment's folder or in a shared one."""
        if "\0" in str(path):
            return False
        real = os.path.realpath(path)
        return any(os.path.commonpath((root, real)) == root for root in self._roots)

    def permitted_link(self, path: Path) -> bool:
        """Tell whether what is linked into ``conf/`` may be read: also the owner's own files are."""
        if self.permitted(path):
            return True
        try:
            return path.stat().st_uid == self._folder.stat().st_uid
        except OSError:
            return True  # a link to nothing gives nothing away; reading it says what is wrong

    def yaml_files(self, folder: Path) -> list[Path]:
        """Return the YAML files directly in a folder, hidden ones too, in the order they count.

        Raises :class:`SourceUnreadableError` if the folder may not be listed.
        """
        self.consult(folder)
        try:
            names = os.listdir(folder)
        except OSError as error:
            raise SourceUnreadableError(folder, "the folder cannot be listed") from error
        paths = [folder / name for name in names if name.endswith((".yml", ".yaml"))]
        return sorted((path for path in paths if not os.path.isdir(path)), key=os.path.realpath)

    def text(self, path: Path) -> str:
        """Return the text of a file.

        Raises :class:`SourceMissingError` if there is none (also for a link to nothing) and
        :class:`SourceUnreadableError` if it may not be read, is no ordinary file, is not UTF-8
        or is very large.
        """
        self.consult(path)
        try:
            # A pipe would keep the reader waiting for ever; it opens at once this way.
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise SourceMissingError(path) from error
        except OSError as error:
            raise SourceUnreadableError(path, "the file cannot be opened") from error
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise SourceUnreadableError(path, "not an ordinary file")
            content = file.read(_LARGEST_FILE + 1)
        if len(content) > _LARGEST_FILE:
            raise SourceUnreadableError(path, f"larger than {_LARGEST_FILE} bytes")
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise SourceUnreadableError(path, "not encoded in UTF-8") from error
