"""Questions to answers to bytes, in a worker: JSON, gzip for those who accept it, and their tag."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, TypeAlias

import numpy as np
import orjson

from autosubmit_core.answers.elements import Elements
from autosubmit_core.archive import Archive, Consulted, Experiment
from autosubmit_core.errors import SourceWarning

__all__ = [
    "LARGE_BYTES",
    "Asked",
    "Encoded",
    "Question",
    "Subject",
    "answered",
    "encode",
    "json_bytes",
    "json_pieces",
    "pieces_of",
    "warnings_of",
]

#: What a question is about: an experiment, several side by side, or (None) all of them; and the
#: objects that the function which answers it is given for that.
Asked: TypeAlias = str | tuple[str, ...] | None
Subject: TypeAlias = Experiment | tuple[Experiment, ...] | Archive

#: Below this many bytes gzip costs more than it saves.
GZIP_FROM = 1024

#: From this many bytes on an answer is made, packed and sent piece by piece, and kept packed alone.
LARGE_BYTES = 1024 * 1024

#: The lists of 100,000 jobs (34 to 118 MB) shrink to a tenth in 0.1 to 0.4 s; level 4 takes half as
#: long again, to take off another fifth.
GZIP_LEVEL = 1

#: How many elements of a list are encoded at once: a few milliseconds, in which no other thread runs.
_BATCH = 1000
#: How deep below the top of an answer long lists are looked for, and in objects of how many keys.
_DEPTH, _KEYS = 2, 100

#: How many packed bytes are unpacked at once.
_UNPACKED_AT_ONCE = 64 * 1024

#: zlib's word for the form of gzip, with its largest window.
_GZIP_FORM = 31


@dataclass(frozen=True, slots=True)
class Encoded:
    """The body of an answer as it is sent: as it is, packed, or both."""

    #: How many bytes it has when it is not packed.
    size: int
    #: The body; None for a large one, which is unpacked for those who cannot do so themselves.
    plain: bytes | None
    #: The body packed by gzip; None where that is not worth it.
    packed: bytes | None
    #: The digest of the body in its smallest form.
    digest: str

    def etag(self, gzip: bool) -> str:
        """Return the strong tag of the bytes that are sent, in quotes."""
        return f'"{self.digest}-gzip"' if gzip else f'"{self.digest}"'

    def memory_bytes(self) -> int:
        """Return how much memory the bytes take."""
        return len(self.plain or b"") + len(self.packed or b"")

    def without_bytes(self) -> Encoded:
        """Return what is left to know of a body that is not kept: its size and tags."""
        plain, packed = (None if one is None else b"" for one in (self.plain, self.packed))
        return Encoded(self.size, plain, packed, self.digest)

    def unpacked(self) -> Iterator[bytes]:
        """Yield the body of a large answer, piece by piece."""
        packed = memoryview(self.packed or b"")
        unpacker = zlib.decompressobj(_GZIP_FORM)
        for begin in range(0, len(packed), _UNPACKED_AT_ONCE):
            rest: bytes | memoryview = packed[begin : begin + _UNPACKED_AT_ONCE]
            while rest:
                yield unpacker.decompress(rest, LARGE_BYTES)
                rest = unpacker.unconsumed_tail


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for; the same question has the same answer until something changes."""

    #: What answers it, given its subject and the arguments.
    answer: Callable[..., Any]
    expid: Asked
    arguments: tuple[tuple[str, Hashable], ...]
    #: Makes the body of an answer and the warnings that belong to it.
    envelope: Callable[[Any, Sequence[SourceWarning]], object]
    #: Whether packing makes the body smaller.
    packs: bool = True


def answered(archive: Archive, question: Question) -> tuple[Encoded, Consulted]:
    """Return the body of the answer to a question, and all that it depends on."""
    consulted = Consulted()
    noting = archive.noting(consulted)
    subject = _subject(noting, question.expid)
    answer = question.answer(subject, **dict(question.arguments))
    return encode(question.envelope(answer, warnings_of(subject)), packs=question.packs), consulted


def _subject(archive: Archive, asked: Asked) -> Subject:
    if asked is None:
        return archive
    if isinstance(asked, str):
        return archive.experiment(asked)
    # One that stands beside itself is the same on both sides: read once, of one moment.
    made = {expid: archive.experiment(expid) for expid in dict.fromkeys(asked)}
    return tuple(made[expid] for expid in asked)


def warnings_of(subject: Subject) -> tuple[SourceWarning, ...]:
    """Return what an answer had to do without; of several experiments, each with its expid."""
    if not isinstance(subject, tuple):
        return subject.warnings
    several = dict.fromkeys(subject)
    return tuple(
        replace(warning, message=f"{experiment.expid}: {warning.message}")
        if len(several) > 1
        else warning
        for experiment in several
        for warning in experiment.warnings
    )


def encode(value: object, *, packs: bool = True) -> Encoded:
    """Return a value as the body of an answer; bytes are one already."""
    pieces = iter([value]) if isinstance(value, bytes) else json_pieces(value)
    first: list[bytes] = []
    size = 0
    for piece in pieces:
        first.append(piece)
        size += len(piece)
        if packs and size > LARGE_BYTES:
            return _packed(chain(first, pieces))
    plain = b"".join(first)
    packed = gzip.compress(plain, GZIP_LEVEL, mtime=0) if packs and size >= GZIP_FROM else None
    return Encoded(size, plain, packed, _digest(packed or plain))


def _packed(pieces: Iterable[bytes]) -> Encoded:
    """Return a large body, of which there is never more in memory than a piece, and it packed."""
    packer = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, _GZIP_FORM)
    size, made = 0, []
    for piece in pieces:
        size += len(piece)
        made.append(packer.compress(piece))
    packed = b"".join([*made, packer.flush()])
    return Encoded(size, None, packed, _digest(packed))


def _digest(body: bytes) -> str:
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def pieces_of(body: bytes) -> Iterator[bytes]:
    """Yield a large body, piece by piece."""
    for begin in range(0, len(body), LARGE_BYTES):
        yield body[begin : begin + LARGE_BYTES]


def json_pieces(value: object, depth: int = 0) -> Iterator[bytes]:
    """Yield a value as JSON, long lists in it batch by batch."""
    if isinstance(value, dict) and depth < _DEPTH and len(value) <= _KEYS:
        before = b"{"
        for key, item in value.items():
            yield before + json_bytes(key) + b":"
            yield from json_pieces(item, depth + 1)
            before = b","
        yield b"}" if value else b"{}"
    elif isinstance(value, (list, Elements, np.ndarray)) and len(value) > _BATCH:
        for begin in range(0, len(value), _BATCH):
            batch = json_bytes(value[begin : begin + _BATCH])
            yield (b"," if begin else b"[") + batch[1:-1]
        yield b"]"
    else:
        yield json_bytes(value)


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


def _plain(value: object) -> Any:
    """Return as plain data what orjson leaves to us: elements, object columns, NumPy's numbers."""
    if isinstance(value, Elements):
        return value[:]
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} has no form in JSON")
