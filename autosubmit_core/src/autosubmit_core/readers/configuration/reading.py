"""The files of an experiment to its :class:`Configuration`, of whichever kind they are."""

from __future__ import annotations

import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from autosubmit_core.errors import SourceMissingError, SourceUnreadableError
from autosubmit_core.readers.configuration.as3 import is_ini_configuration, read_ini_configuration
from autosubmit_core.readers.configuration.as4 import read_yaml_configuration
from autosubmit_core.readers.configuration.json_values import json_values, plain_values
from autosubmit_core.readers.configuration.settings import Configuration
from autosubmit_core.readers.configuration.sources import Sources

__all__ = ["read_configuration"]

_NO_SETTINGS: Mapping[str, Any] = MappingProxyType({})


def read_configuration(
    folder: Path,
    expid: str,
    *,
    description: str | None = None,
    installation: Mapping[str, Any] = _NO_SETTINGS,
    current_user: str | None = None,
    include_roots: Sequence[Path] = (),
) -> Configuration:
    """Read the configuration of the experiment in ``folder``.

    ``description`` is the one of the main database, ``installation`` the settings of the
    installation that Autosubmit puts among an experiment's own, ``current_user`` what stands
    in for the user who reads. Besides ``folder``, custom files are read from below
    ``include_roots`` only; what is refused is a warning.

    Raises :class:`ConfigurationInvalidError`, naming file and key or line, where Autosubmit
    refuses the whole; :class:`SourceMissingError` if a file or ``conf/`` itself is not there;
    :class:`SourceUnreadableError` if one cannot be read.
    """
    sources = Sources(folder, include_roots)
    sources.consult(folder / "conf")
    _check_folder(folder / "conf")
    if is_ini_configuration(folder, expid):
        data = read_ini_configuration(folder, expid, sources)
        return Configuration("as3", data, data, False, sources.consulted, sources.warnings)
    resolved = read_yaml_configuration(
        folder,
        expid,
        sources,
        description=description,
        installation=installation,
        current_user=current_user,
    )
    dated = plain_values(resolved)
    return Configuration(
        kind="as4",
        data=json_values(dated),
        dated=dated,
        contains_nones=None in resolved.values(),
        consulted=sources.consulted,
        warnings=sources.warnings,
    )


def _check_folder(conf: Path) -> None:
    """Raise what is wrong with the folder of the configuration, if anything is."""
    try:
        if not stat.S_ISDIR(conf.stat().st_mode):
            raise SourceUnreadableError(conf, "not a folder")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SourceMissingError(conf) from error
    except OSError as error:
        raise SourceUnreadableError(conf, "the folder cannot be opened") from error
