"""Questions to answers to bytes, in a worker: JSON, its tag, and gzip for those who accept it."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from autosubmit_core.archive import Archive, Consulted
from autosubmit_core.errors import SourceWarning

__all__ = ["Encoded", "Question", "answered", "encode", "json_bytes"]

#: Below this many bytes gzip costs more than it saves.
GZIP_FROM = 1024

#: A list of 100,000 jobs (37 MB) takes 0.2 s and shrinks to an eighteenth; level 6 takes half as
#: long again for three percent less.
GZIP_LEVEL = 4


@dataclass(frozen=True, slots=True)
class Encoded:
    """The body of an answer as it is sent."""

    body: bytes
    #: The strong tag of exactly these bytes, in quotes.
    etag: str
    gzipped: bool


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for; the same question has the same answer until something changes."""

    #: What answers it, given an experiment or the archive, and the arguments.
    answer: Callable[..., Any]
    #: The experiment that it is about; None if it is about all of them.
    expid: str | None
    arguments: tuple[tuple[str, Hashable], ...]
    #: Makes the body of an answer and the warnings that belong to it.
    envelope: Callable[[Any, Sequence[SourceWarning]], object]
    #: Whether the body may be packed.
    gzip: bool


def answered(archive: Archive, question: Question) -> tuple[Encoded, Consulted]:
    """Return the body of the answer to a question, and all that it depends on."""
    consulted = Consulted()
    noting = archive.noting(consulted)
    subject = noting if question.expid is None else noting.experiment(question.expid)
    answer = question.answer(subject, **dict(question.arguments))
    return encode(question.envelope(answer, subject.warnings), question.gzip), consulted


def json_bytes(value: object) -> bytes:
    """Return a value as JSON; NumPy's columns and numbers count as lists and numbers."""
    try:
        return orjson.dumps(value, default=_plain, option=orjson.OPT_SERIALIZE_NUMPY)
    except orjson.JSONEncodeError:
        # A configuration may hold integers beyond 64 bits, which orjson refuses.
        # Read back once, so that numbers that are none become null, as orjson makes them.
        plain = json.loads(json.dumps(value, default=_plain), parse_constant=lambda _: None)
        text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")


def encode(value: object, accepts_gzip: bool) -> Encoded:
    """Return a value as the body of an answer; bytes are one already."""
    body = value if isinstance(value, bytes) else json_bytes(value)
    gzipped = accepts_gzip and len(body) >= GZIP_FROM
    if gzipped:
        body = gzip.compress(body, GZIP_LEVEL, mtime=0)
    return Encoded(body, f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"', gzipped)


def _plain(value: object) -> Any:
    """Return as plain data what orjson leaves to us: object columns and lone NumPy numbers."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} has no form in JSON")
