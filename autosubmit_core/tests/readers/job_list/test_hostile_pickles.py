"""Files that anybody who owns an experiment could put in place of a job list.

Whatever they ask for: nothing is executed, memory and time stay within bounds, and the error says
what is wrong. The pickles are real ones, assembled instruction by instruction.
"""

from __future__ import annotations

import io
import os
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.demo.writing.job_lists import (
    write_dictionary_pickle,
    write_graph_pickle,
    write_list_pickle,
)
from autosubmit_core.errors import SourceMissingError, SourceUnreadableError
from autosubmit_core.readers.job_list import pickles, read_job_list, unpickle
from autosubmit_core.tables import JobTable, Structure

ReadPickle = Callable[[bytes], JobTable]

MEGABYTE = 1 << 20


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def call(module: str, name: str, *arguments: str) -> bytes:
    """Instructions that call a global with texts."""
    return b"c%b\n%b\n(%btR" % (module.encode(), name.encode(), b"".join(map(text, arguments)))


def alone(attack: bytes) -> bytes:
    """The attack is all there is."""
    return b"\x80\x04" + attack + b"."


def in_list(attack: bytes) -> bytes:
    """The attack is a value of a job in the list layout."""
    return b"\x80\x02](" + text("a0zz_SIM") + b"K\x00K\x00" + attack + b"tae."


def in_state(attack: bytes) -> bytes:
    """The attack is a value of a job in the dictionary layout, framed as Autosubmit writes it."""
    body = b"}\x94(" + text("a0zz_SIM") + b"}(" + text("_section") + attack + b"uu."
    return b"\x80\x05\x95" + struct.pack("<Q", len(body)) + body


def in_unframed_state(attack: bytes) -> bytes:
    """The same at a protocol that Autosubmit does not use."""
    return b"\x80\x02}(" + text("a0zz_SIM") + b"}(" + text("_section") + attack + b"uu."


def in_graph(attack: bytes) -> bytes:
    """The attack is a value of a job object in a graph."""
    job = b"cautosubmit.job.job\nJob\n)\x81}(" + text("_section") + attack + b"ub"
    nodes = b"}(" + text("a0zz_SIM") + b"}(" + text("job") + job + b"uu"
    return b"\x80\x05cnetworkx.classes.digraph\nDiGraph\n)\x81}(" + text("_node") + nodes + b"ub."


PLACES = [alone, in_list, in_state, in_unframed_state, in_graph]


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits of 64 MB and one second for small files, so that tests reach them soon."""
    monkeypatch.setattr(pickles, "MEMORY_BASE", 64 * MEGABYTE)
    monkeypatch.setattr(pickles, "CPU_BASE", 1.0)
    monkeypatch.setattr(pickles, "RETRY_SECONDS", 0.0)


def refusal(read_pickle: ReadPickle, data: bytes) -> str:
    with pytest.raises(SourceUnreadableError) as caught:
        read_pickle(data)
    # The reason may be shown to a user: it tells no path and quotes no traceback.
    assert str(caught.value.path) not in caught.value.reason
    assert "\n" not in caught.value.reason
    return caught.value.reason


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("posix", "system"),
        ("builtins", "eval"),
        ("subprocess", "Popen"),
        ("importlib", "import_module"),
    ],
)
def test_no_command_is_run(
    read_pickle: ReadPickle,
    tmp_path: Path,
    place: Callable[[bytes], bytes],
    module: str,
    name: str,
) -> None:
    marker = tmp_path / "was here"
    attack = call(module, name, f"touch '{marker}'")
    reason = refusal(read_pickle, place(attack))
    assert reason == (
        f"refused as unsafe: it refers to {module}.{name}, which no Autosubmit job list does"
    )
    assert not marker.exists()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("builtins", "getattr"),
        ("builtins", "exec"),
        ("builtins", "__import__"),
        ("__builtin__", "eval"),
        ("copyreg", "_reconstructor"),
        ("copyreg", "__newobj__"),
        ("copy_reg", "_reconstructor"),
        ("_codecs", "decode"),
        ("_codecs", "lookup"),
        ("codecs", "encode"),
        ("datetime", "timezone"),
        ("datetime", "sys"),
        ("pathlibs", "Path"),
        ("autosubmit_api", "Job"),
        ("ruamel", "yaml"),
        ("ruamel.yamls", "YAML"),
        ("networkxyz.classes", "DiGraph"),
        (".autosubmit", "Job"),
        ("shutil", "rmtree"),
    ],
)
def test_a_name_beside_the_permitted_ones_is_refused(
    read_pickle: ReadPickle, module: str, name: str
) -> None:
    assert f"refers to {module}.{name}," in refusal(read_pickle, in_state(call(module, name)))


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("autosubmit.job.job", "os.system"),
        ("pathlib", "os.system"),
        ("datetime", "datetime.now"),
        ("datetime", "sys.modules"),
        ("builtins", "dict.fromkeys"),
        ("networkx", "algorithms.os.popen"),
    ],
)
def test_no_attribute_is_reached_through_a_dotted_name(
    read_pickle: ReadPickle, module: str, name: str
) -> None:
    # Since protocol 4 the name of a global may lead from one attribute to the next.
    attack = text(module) + text(name) + b"\x93)R"
    assert f"refers to {module}.{name}," in refusal(read_pickle, in_state(attack))


def test_a_name_is_shown_short_and_printable(read_pickle: ReadPickle) -> None:
    attack = text("os\n\x1b[31m\u202e") + text("x" * 10_000) + b"\x93"
    reason = refusal(read_pickle, in_state(attack))
    assert reason.isascii()
    assert reason.isprintable()
    assert len(reason) < 300


@pytest.mark.parametrize("place", PLACES)
def test_other_instructions_that_call_are_refused_too(
    read_pickle: ReadPickle, place: Callable[[bytes], bytes]
) -> None:
    instance = b"(" + text("true") + b"ios\nsystem\n"
    from_stack = b"(cos\nsystem\n" + text("true") + b"o"
    new_with_keywords = b"csubprocess\nPopen\n(" + text("true") + b"t}\x92"
    for attack in (instance, from_stack):
        assert "refers to os.system" in refusal(read_pickle, place(attack))
    assert "refers to subprocess.Popen" in refusal(read_pickle, place(new_with_keywords))


@pytest.mark.parametrize("place", PLACES)
def test_objects_outside_of_the_file_are_refused(
    read_pickle: ReadPickle, place: Callable[[bytes], bytes]
) -> None:
    for attack in (b"Pan id\n", text("an id") + b"Q"):
        assert "refers to objects outside of it" in refusal(read_pickle, place(attack))


@pytest.mark.parametrize("attack", [b"\x82\x01", b"\x83\x01\x00", b"\x84\x01\x00\x00\x00"])
@pytest.mark.parametrize("place", PLACES)
def test_extension_codes_are_refused(
    read_pickle: ReadPickle, place: Callable[[bytes], bytes], attack: bytes
) -> None:
    assert "damaged, or not a job list" in refusal(read_pickle, place(attack))


@pytest.mark.parametrize("codec", ["rot13", "zlib", "utf-8", "latin-1", "idna"])
def test_only_the_codec_of_dates_is_used(read_pickle: ReadPickle, codec: str) -> None:
    attack = call("_codecs", "encode", "text", codec)
    assert f"encodes text as {codec}" in refusal(read_pickle, in_state(attack))


CLASSES = [
    b"cautosubmit.job.job\nJob\n",
    b"cnetworkx.classes.digraph\nDiGraph\n",
    b"cautosubmit.job.template\nLanguage\n",
    b"cruamel.yaml.scalarint\nScalarInt\n",
    b"cruamel.yaml.scalarstring\nLiteralScalarString\n",
    b"cdatetime\ndatetime\n",
    b"cbuiltins\ndict\n",
    b"c_codecs\nencode\n",
]


@pytest.mark.parametrize("cls", CLASSES)
def test_no_class_is_altered(
    read_pickle: ReadPickle, jobs: JobTable, tmp_path: Path, cls: bytes
) -> None:
    # "Build" sets attributes of whatever it is given, by both halves of a state.
    attributes = b"}(" + text("__setstate__") + text("x") + text("values") + text("x") + b"u"
    for state in (attributes, b"N" + attributes + b"\x86", attributes + attributes + b"\x86"):
        data = in_state(cls + state + b"b" + cls + b")R")
        assert "damaged, or not a job list" in refusal(read_pickle, data)
    path = tmp_path / "good.pkl"
    write_dictionary_pickle(path, jobs)
    assert read_job_list(path).status.tolist() == jobs.status.tolist()


def test_the_jobs_cannot_be_given_another_state(read_pickle: ReadPickle) -> None:
    body = b"}\x94}(" + text("names") + text("a name") + b"ub."
    data = b"\x80\x05\x95" + struct.pack("<Q", len(body)) + body
    assert "its jobs are not in order" in refusal(read_pickle, data)


def doubled(times: int) -> bytes:
    """Instructions for a tuple of two that are one, of two that are one, …"""
    return b")" + b"2\x86" * times


#: Instructions of a few bytes that announce more than there is.
ANNOUNCING = {
    "a number for the note of an object": b"Nr\xff\xff\xff\x3f",
    "the length of a text": b"\x8d" + struct.pack("<Q", 1 << 62),
    "the length of bytes": b"\x8e" + struct.pack("<Q", 1 << 40),
    "the length of a byte array": b"\x96" + struct.pack("<Q", 1 << 40),
    "the length of a frame": b"\x95" + struct.pack("<Q", 1 << 40),
    "the length of a number": b"\x8b\xff\xff\xff\x7f",
}
#: Instructions that make much more than they are.
GROWING = {
    "copies of a long list": (
        b"(](" + b"N" * 100_000 + b"eq\xc8" + b"cbuiltins\nlist\nh\xc8\x85R" * 2_000 + b"t"
    ),
    "objects of one byte": b"(" + b"\x8f" * 1_000_000 + b"t",
    "lists in lists": b"(" + b"](]e" * 500_000 + b"t",
}


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("attack", ANNOUNCING.values(), ids=ANNOUNCING)
@pytest.mark.parametrize("place", [in_state, in_graph])
def test_memory_that_is_only_announced_is_not_taken(
    read_pickle: ReadPickle, place: Callable[[bytes], bytes], attack: bytes
) -> None:
    # Python before 3.14 takes it at once and is stopped; later ones see that the file is shorter.
    with pytest.raises(SourceUnreadableError) as caught:
        read_pickle(place(attack)[:-1])
    reason = caught.value.reason
    assert "MB of memory to be read" in reason or "stops in the middle" in reason


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("attack", GROWING.values(), ids=GROWING)
@pytest.mark.parametrize("place", [alone, in_state])
def test_memory_is_bounded(
    read_pickle: ReadPickle, place: Callable[[bytes], bytes], attack: bytes
) -> None:
    assert "MB of memory to be read" in refusal(read_pickle, place(attack))


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("place", [alone, in_state])
def test_time_is_bounded(read_pickle: ReadPickle, place: Callable[[bytes], bytes]) -> None:
    # The hash of a tuple is worked out from its parts, each time: 2^64 parts here.
    data = place(b"}" + doubled(64) + b"Ns")
    assert refusal(read_pickle, data) == "takes more than 1 seconds to be read"


@pytest.mark.usefixtures("small_limits")
def test_a_program_that_does_not_end_is_ended(
    read_pickle: ReadPickle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pickles, "_PROGRAM", "import time; time.sleep(60)")
    monkeypatch.setattr(pickles, "WAITING_FACTOR", 0.5)
    assert refusal(read_pickle, b"") == "takes more than 1 seconds to be read"


@pytest.mark.parametrize("signal", [9, 11])
def test_a_program_that_was_killed_is_an_error(
    read_pickle: ReadPickle, monkeypatch: pytest.MonkeyPatch, signal: int
) -> None:
    monkeypatch.setattr(pickles, "_PROGRAM", f"import os; os.kill(os.getpid(), {signal})")
    assert f"ended unexpectedly (-{signal})" in refusal(read_pickle, b"")


def test_a_program_that_cannot_be_started_is_an_error(
    read_pickle: ReadPickle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/absent/python")
    assert refusal(read_pickle, pickle.dumps({})) == "the program that reads it cannot be started"


def test_values_nested_deeply_do_no_harm(read_pickle: ReadPickle) -> None:
    deep = b"(" * 200_000 + b"t" * 200_000
    assert read_pickle(in_state(b"]" * 200_000 + b"a" * 199_999)).section.tolist() == [None]
    assert read_pickle(in_state(deep)).section.tolist() == [None]
    assert "it holds something else" in refusal(read_pickle, alone(deep))


def test_a_list_that_holds_itself_does_no_harm(read_pickle: ReadPickle) -> None:
    itself = b"]q\x07h\x07a"
    assert "an entry in it is not a job" in refusal(read_pickle, alone(itself))
    assert read_pickle(in_state(itself)).section.tolist() == [None]


@pytest.mark.parametrize(
    "top", [None, 5, "jobs", {1: {}}, {"a": 1}, {"a": {}, None: {}}, {1}, [1], [[]], ["a0zz"], (1,)]
)
def test_another_object_is_no_job_list(read_pickle: ReadPickle, top: object) -> None:
    for protocol in (0, 4, 5):
        if protocol or not isinstance(top, set):
            data = pickle.dumps(top, protocol)
            assert refusal(read_pickle, data).startswith("damaged, or not a job list: ")


def test_a_graph_without_nodes_is_damaged(read_pickle: ReadPickle) -> None:
    graph = b"cnetworkx.classes.digraph\nDiGraph\n)\x81"
    for state in (b"", b"}b", b"Nb", b"}(" + text("_node") + b"Nub"):
        assert "damaged" in refusal(read_pickle, b"\x80\x05" + graph + state + b".")


@pytest.mark.parametrize("data", [b"hello, world\n", b"\x00" * 64, b"\x80\x09."])
def test_a_file_of_another_kind_is_damaged(read_pickle: ReadPickle, data: bytes) -> None:
    assert refusal(read_pickle, data).startswith("damaged, or not a job list")


@pytest.mark.usefixtures("small_limits")
def test_an_empty_file_stops_in_the_middle(read_pickle: ReadPickle) -> None:
    assert refusal(read_pickle, b"") == "stops in the middle; it may be being written just now"


@pytest.fixture
def layouts(tmp_path: Path, jobs: JobTable, structure: Structure) -> list[bytes]:
    """The same jobs in all layouts."""
    write_list_pickle(tmp_path / "1", jobs)
    write_list_pickle(tmp_path / "2", jobs, python2=True)
    write_graph_pickle(tmp_path / "3", jobs, structure)
    write_dictionary_pickle(tmp_path / "4", jobs)
    return [(tmp_path / name).read_bytes() for name in "1234"]


#: What an unpickler raises at the end of a file that stops in the middle.
CUT = (EOFError, pickle.UnpicklingError)


@pytest.mark.usefixtures("small_limits")
def test_a_file_that_stops_anywhere_says_so(read_pickle: ReadPickle, layouts: list[bytes]) -> None:
    for data in layouts:
        for end in (2, 13, len(data) // 2, len(data) - 1):
            assert "stops in the middle" in refusal(read_pickle, data[:end])


def test_every_beginning_of_a_file_is_told_from_the_whole(
    tmp_path: Path, layouts: list[bytes]
) -> None:
    # Too many for a process each: what the program would tell by its exit status is caught here.
    path = tmp_path / "beginning.pkl"
    for data in layouts:
        for end in range(0, len(data), 61):
            path.write_bytes(data[:end])
            with io.FileIO(path) as file, pytest.raises(CUT) as caught:
                unpickle.read(file)
            assert unpickle.is_cut(caught.value), (data[:20], end, caught.value)


def test_a_file_that_is_complete_a_moment_later_is_read(
    read_pickle: ReadPickle,
    tmp_path: Path,
    layouts: list[bytes],
    jobs: JobTable,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = layouts[-1]

    def the_rest_is_written(seconds: float) -> None:
        (tmp_path / "job_list_a0zz.pkl").write_bytes(whole)

    monkeypatch.setattr("time.sleep", the_rest_is_written)
    assert read_pickle(whole[: len(whole) // 2]).name.tolist() == jobs.name.tolist()


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(SourceUnreadableError, match="not a file"):
            read_job_list(path)
    with pytest.raises(SourceMissingError):
        read_job_list(tmp_path / "missing")
    with pytest.raises(SourceMissingError):
        read_job_list(tmp_path / "pipe" / "missing")


def test_a_file_that_is_too_large_is_not_read(
    read_pickle: ReadPickle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pickles, "LARGEST_FILE", MEGABYTE)
    assert refusal(read_pickle, bytes(MEGABYTE + 1)) == "larger than 1 MB"


def test_a_long_text_that_many_jobs_share_is_refused(read_pickle: ReadPickle) -> None:
    """The file says it once; every answer would repeat it for each job."""
    member = "fc" * MEGABYTE
    states = {f"a0zz_{at}_SIM": {"_status": 0, "_member": member} for at in range(100)}
    listed = pickle.dumps(states, 5)
    assert len(listed) < 3 * MEGABYTE
    assert "repeats long texts" in refusal(read_pickle, listed)


def test_a_long_text_of_one_job_is_read(read_pickle: ReadPickle) -> None:
    member = "fc" * MEGABYTE
    states = {"a0zz_1_SIM": {"_status": 0, "_member": member}, "a0zz_2_SIM": {"_status": 0}}
    assert read_pickle(pickle.dumps(states, 5)).member.tolist() == [member, None]


def test_half_a_character_becomes_a_whole_one(read_pickle: ReadPickle) -> None:
    """A pickle can hold what no other text can, and no answer could be encoded."""
    states = {"a0zz_\ud800_SIM": {"_status": 0, "_member": "\udcff", "_section": "Ünï"}}
    jobs = read_pickle(pickle.dumps(states, 5))
    assert [jobs.name[0], jobs.member[0], jobs.section[0]] == ["a0zz_?_SIM", "?", "Ünï"]


def test_the_configuration_of_jobs_does_not_leave_the_program(
    tmp_path: Path, jobs: JobTable, structure: Structure
) -> None:
    path = tmp_path / "graph.pkl"
    write_graph_pickle(path, jobs, structure)
    assert b"a secret that nobody meant to keep" in path.read_bytes()
    with io.FileIO(path) as file:
        columns: Any = unpickle.read(file)
    assert "secret" not in repr(columns)


def test_two_jobs_of_one_name_are_damage(read_pickle: ReadPickle) -> None:
    """The second state would replace the first; here both are there."""
    job = b"\x8c\x0aa0zz_1_SIM\x94}\x94(\x8c\x07_statusK\x05\x8c\x08_section\x8c\x03SIMu"
    body = b"}\x94(" + job + job + b"u."
    with pytest.raises(SourceUnreadableError, match="two jobs of one name"):
        read_pickle(b"\x80\x05" + b"\x95" + len(body).to_bytes(8, "little") + body)


@pytest.mark.parametrize("numbers", [[5, 5.0], [5.0, 5]])
def test_a_number_of_another_kind_is_no_other_jobs_number(
    read_pickle: ReadPickle, numbers: list[float]
) -> None:
    entries = [
        (f"a0zz_{at}_SIM", 0, number, 0, "SIM", None, None, None, "", "", "", "")
        for at, number in enumerate(numbers)
    ]
    expected = [5 if type(number) is int else -2 for number in numbers]
    assert read_pickle(pickle.dumps(entries, 2)).status.tolist() == expected
