"""What the tests of the dictionary layout share: reading bytes both ways."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from autosubmit_core.readers.job_list import unpickle
from autosubmit_core.readers.job_list.columns import RawColumn, job_table
from autosubmit_core.readers.job_list.dictionary import read_dictionary, unframed
from autosubmit_core.tables import JobTable

ReadBytes: TypeAlias = Callable[[bytes], JobTable]


@pytest.fixture
def read_places(tmp_path: Path) -> ReadBytes:
    """Read the bytes of a pickle without unpickling them."""

    def read(data: bytes) -> JobTable:
        path = tmp_path / "job_list.pkl"
        path.write_bytes(data)
        with path.open("rb") as file:
            return job_table(read_dictionary(unframed(file.fileno(), len(data))))

    return read


@pytest.fixture
def read_objects(tmp_path: Path) -> ReadBytes:
    """Read the bytes of a pickle by unpickling them, in this process."""

    def read(data: bytes) -> JobTable:
        path = tmp_path / "job_list.pkl"
        path.write_bytes(data)
        with io.FileIO(path) as file:
            columns = unpickle.read(file)
        return job_table(
            {
                field: RawColumn([unpickle.plain(value) for value in values])
                for field, values in columns.items()
            }
        )

    return read


@pytest.fixture
def framed() -> Callable[[bytes], bytes]:
    """Return instructions as a pickle of protocol 5, in one frame."""
    return lambda body: b"\x80\x05\x95" + struct.pack("<Q", len(body)) + body
