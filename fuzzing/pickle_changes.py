"""Changes to pickles, instruction by instruction."""

from __future__ import annotations

import pickletools
import struct
from collections.abc import Callable, Sequence
from random import Random

from fuzzing.mutation import LARGEST, changed_bytes

__all__ = ["changed_framed_pickle", "changed_pickle", "framed", "instructions"]

_FRAME = b"\x95"


def _text(text: str) -> bytes:
    data = text.encode()
    return b"\x8c" + bytes([len(data)]) + data


#: Calls of something, in all the ways that a pickle has.
_CALLS = (
    b"cos\nsystem\n(S'true'\ntR",
    b"(S'true'\nios\nsystem\n",
    b"(cos\nsystem\nS'true'\no",
    _text("os") + _text("system") + b"\x93(" + _text("true") + b"tR",
    _text("builtins") + _text("exec") + b"\x93" + _text("import antigravity") + b"\x85R",
    _text("subprocess") + _text("Popen") + b"\x93)}\x92",
    _text("datetime") + _text("datetime.__class__.mro") + b"\x93)R",
    _text("builtins") + _text("getattr") + b"\x93(" + _text("x") + _text("upper") + b"tR",
    _text("datetime") + _text("datetime") + b"\x93C\x0a" + b"\xff" * 10 + b"\x85R",
    _text("datetime") + _text("datetime") + b"\x93C\x0a\x07\xe4\x02\x1c\x06\0\0\0\0\0\x85R",
    _text("autosubmit.job.job") + _text("Job") + b"\x93)\x81}b",
    _text("autosubmit.job.job") + _text("Job") + b"\x93)R(" + _text("__class__") + b"Ntb",
    _text("networkx.classes.digraph") + _text("DiGraph") + b"\x93)\x81N\x86b",
    _text("pathlib") + _text("PosixPath") + b"\x93(" + _text("/") + _text("etc") + b"tR",
    _text("collections") + _text("OrderedDict") + b"\x93)R",
    _text("collections") + _text("defaultdict") + b"\x93" + _text("x") + b"\x85R",
    _text("_codecs") + _text("encode") + b"\x93(" + _text("x") + _text("hex") + b"tR",
    _text("copyreg") + _text("_reconstructor") + b"\x93(NNNtR",
    _text("ruamel.yaml.scalarint") + _text("HexInt") + b"\x93" + _text("9" * 200) + b"\x85R",
)
#: Instructions that ask for much, or for what is not there.
_GREEDY = (
    *(b"\x82\x01", b"\x83\x01\0", b"\x84\x01\0\0\0", b"Pobject\n", b"NQ", b"\x97", b"\x98"),
    *(b"r\xff\xff\xff\x7f", b"p2000000000\n", b"r\xff\xff\xff\xff", b"p-1\n", b"q\xff", b"\x94"),
    *(b"j\xff\xff\xff\x7f", b"g99999999\n", b"h\0", b"h\xff", b"g-1\n"),
    b"\x8d" + struct.pack("<Q", 1 << 62),
    b"\x8e" + struct.pack("<Q", 1 << 40),
    b"\x96" + struct.pack("<Q", 1 << 33),
    b"X\xff\xff\xff\x7f",
    b"B\xff\xff\xff\xff",
    b"\x8b\xff\xff\xff\x7f",
    _FRAME + struct.pack("<Q", (1 << 64) - 1),
    *(b"(" * 50_000, b"]" * 50_000, b"N" + b"\x85" * 50_000, b"N" + b"2" * 50_000),
    b"](" + b"2" * 30 + b"e" * 30,
    b"]\x94" + b"(h\0h\0h\0h\0e" * 100,
    b"K\x01" + b"\x86" * 100,
    b"N\x94" + b"(hX\0\0\0\0" * 50,
    b"}\x94" + b"h\0h\0s" * 1000,
    _text("x" * 200) + b"\x94" + (b"h\0" * 40 + b"(" + b"h\0" * 100 + b"t") * 50,
    *(b"I" + b"9" * 5000 + b"\n", b"L" + b"1" * 50_000 + b"L\n", b"F" + b"1" * 400 + b"\n"),
    b"\x8a\xff" + b"\x7f" * 255,
    b"G\x7f\xf8" + bytes(6),
    *(b"G\x7f\xf0" + bytes(6), b"V\\ud800\n", b"X\x03\0\0\0\xed\xa0\x80", b"\x8c\x04\0\xff\xfe\0"),
    *(b".", b"0", b"1", b"2", b"a", b"b", b"e", b"s", b"u", b"t", b"R", b"o", b"\x81", b"\x90"),
)

_PLAIN = (
    *(b"N", b"\x88", b"\x89", b"K\x05", b"K\xff", b"M\xff\xff", b"J\xfe\xff\xff\xff", b")", b"]"),
    *(b"}", b"\x8f", b"G\x40\x14" + bytes(6), b"\x8a\x08" + b"\xff" * 7 + b"\x7f", b"C\x01\xff"),
    *map(_text, ("", "COMPLETED", "5", "SIM", "_status", "fc0", "20240101000000", "nodes", "job")),
)


def instructions(data: bytes) -> list[bytes]:
    """Return the instructions of a pickle up to where it makes no sense, and the rest of it."""
    begins: list[int] = []
    try:
        begins.extend(place or 0 for _, _, place in pickletools.genops(data))
    except Exception:  # what the module raises of bytes that are no pickle is not written down
        begins.append(begins.pop() if begins else 0)
    ends = [*begins[1:], len(data)]
    return [data[begin:end] for begin, end in zip(begins, ends)]


def framed(codes: Sequence[bytes]) -> bytes:
    """Return instructions as a pickle of protocol 5 in one frame, as Autosubmit writes them."""
    body = b"".join(code for code in codes if code[:1] not in (_FRAME, b"\x80"))
    return b"\x80\x05" + _FRAME + struct.pack("<Q", len(body)) + body


def changed_pickle(draw: Random, seeds: Sequence[bytes]) -> bytes:
    """Return a pickle made of some others, sound or not."""
    if draw.random() < 0.2:
        return changed_bytes(draw, seeds)
    codes = _changed(draw, seeds)
    keep = draw.random() < 0.5
    return (b"".join(codes) if keep else framed(codes))[:LARGEST]


def changed_framed_pickle(draw: Random, seeds: Sequence[bytes]) -> bytes:
    """Return the same, but always with right frames: what is wrong is within."""
    return framed(_changed(draw, seeds))[:LARGEST]


def _changed(draw: Random, seeds: Sequence[bytes]) -> list[bytes]:
    codes = instructions(draw.choice(seeds))
    for _ in range(draw.choice((1, 1, 1, 2, 3, 10))):
        draw.choice(_CHANGES)(draw, codes, seeds)
    return codes


_Change = Callable[[Random, list[bytes], Sequence[bytes]], None]


def _insert(choices: Sequence[bytes]) -> _Change:
    def insert(draw: Random, codes: list[bytes], seeds: Sequence[bytes]) -> None:
        codes.insert(draw.randint(0, len(codes)), draw.choice(choices))

    return insert


def _replace(draw: Random, codes: list[bytes], seeds: Sequence[bytes]) -> None:
    if codes:
        codes[draw.randrange(len(codes))] = draw.choice((*_CALLS, *_GREEDY, *_PLAIN, *_PLAIN))


def _plain(draw: Random, codes: list[bytes], seeds: Sequence[bytes]) -> None:
    """Exchange one value for another."""
    values = [at for at, code in enumerate(codes) if code[:1] in b"NKMJX\x8c\x88\x89G\x8aIS"]
    if values:
        codes[draw.choice(values)] = draw.choice(_PLAIN)


def _bytes_of_one(draw: Random, codes: list[bytes], seeds: Sequence[bytes]) -> None:
    if codes:
        at = draw.randrange(len(codes))
        codes[at] = changed_bytes(draw, [codes[at]])[:10_000]


def _drop(draw: Random, codes: list[bytes], seeds: Sequence[bytes]) -> None:
    at = draw.randint(0, len(codes))
    del codes[at : at + draw.choice((1, 1, 2, 20))]


def _twice(draw: Random, codes: list[bytes], seeds: Sequence[bytes]) -> None:
    at, count = draw.randint(0, len(codes)), draw.choice((1, 1, 2, 20, 300))
    codes[at:at] = codes[at : at + count] * draw.choice((1, 1, 5))


def _splice(draw: Random, codes: list[bytes], seeds: Sequence[bytes]) -> None:
    other = instructions(draw.choice(seeds))
    begin, at = draw.randint(0, len(other)), draw.randint(0, len(codes))
    codes[at : at + draw.choice((0, 1, 20))] = other[begin : begin + draw.choice((1, 2, 20, 300))]


def _swap(draw: Random, codes: list[bytes], seeds: Sequence[bytes]) -> None:
    if len(codes) > 1:
        one, other = draw.randrange(len(codes)), draw.randrange(len(codes))
        codes[one], codes[other] = codes[other], codes[one]


_CHANGES: tuple[_Change, ...] = (
    *(_insert(_CALLS), _insert(_GREEDY), _insert(_PLAIN), _replace, _plain, _plain),
    *(_bytes_of_one, _drop, _twice, _splice, _swap),
)
