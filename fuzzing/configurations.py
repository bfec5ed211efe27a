"""YAML and INI files: configurations, run-control files, the file of the API, a git working copy."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from autosubmit_core.api.encoding import json_bytes
from autosubmit_core.readers.api_file import read_api_file
from autosubmit_core.readers.configuration import Configuration, read_configuration
from autosubmit_core.readers.configuration.yaml_files import parse_yaml
from autosubmit_core.readers.installation import read_installation
from fuzzing.mutation import changed_text
from fuzzing.target import Target, same

__all__ = ["configurations"]

_YAML = (
    *(
        b"&a ",
        b"*a",
        b"*b ",
        b"<<: *a\n",
        b"? ",
        b": ",
        b"- ",
        b"| \n",
        b">-\n",
        b"--- \n",
        b"...\n",
    ),
    *(b"!!python/object/apply:os.system [true]", b"!!python/name:os.system", b"!!python/tuple [1]"),
    *(b"!!int ", b"!!float ", b"!!binary ", b"!!timestamp ", b"!!set ", b"!!omap ", b"!!bool "),
    *(
        b"!!null ",
        b"!!pairs ",
        b"!!merge ",
        b"!x ",
        b"!<tag:yaml.org,2002:int> ",
        b"%YAML 1.1\n---\n",
    ),
    *(b"%TAG ! tag:x,2000:\n---\n", b"%YAML 9.9\n---\n", b"{", b"}", b"[", b"]", b",", b'"', b"'"),
    *(b"[" * 99, b"{a: " * 99, b"- " * 99, b"- " * 5000, b"[" * 5000, b"[" * 90 + b"]" * 90),
    *(
        b"x0: &x0 {a: b}\n"
        + b"".join(b"x%d: &x%d [%s]\n" % (at, at, b"*x%d," % (at - 1) * 9) for at in range(1, 30)),
    ),
    b"z0: &z0 [x]\n"
    + b"".join(
        b"z%d: &z%d %s*z%d%s\n" % (at, at, b"[" * 90, at - 1, b"]" * 90) for at in range(1, 40)
    ),
    b"long: &long " + b"x" * 50_000 + b"\nmany: [" + b"*long, " * 5_000 + b"]\n",
    *(b"%JOBS.SIM.FILE%", b"%DEFAULT.EXPID%", b"%a%", b"%^HPCARCH%", b"%NAME^^%", b"%NAME%" * 100),
    *(b"A: '%B%%B%%B%'\nB: '%C%%C%%C%'\nC: '%A%%D%'\nD: '" + b"x" * 5000 + b"'\n",),
    *(
        b"  FOR: {NAME: [A, B, '%x%'], SPLITS: [1, 2, 3]}\n",
        b"  FOR: {NAME: [a, {b: c}]}\n",
        b"FOR: ",
    ),
    *(
        b"  FOR:\n    NAME: '" + b"ab," * 5000 + b"'\n",
        b"JOBS: ",
        b"WRAPPERS: ",
        b"DEFAULT: ",
        b"PLATFORMS: ",
    ),
    *(
        b"PROJECT: ",
        b"CUSTOM_CONFIG: ",
        b"DEPENDENCIES: ",
        b"WALLCLOCK: 01:00\n",
        b"FILE: [",
        b"NOTIFY_ON: ",
    ),
    *(
        b"TYPE: vertical\n",
        b"JOBS_IN_WRAPPER: A&B C\n",
        b"HPCARCH: ",
        b"AS_MISC: true\n",
        b"null",
        b"~",
    ),
    *(
        b"2024-01-01",
        b"2024-02-30",
        b"2024-01-01 10:00:00 +99:99",
        b"0001-01-01T00:00:00+12:00",
        b"1:59:59",
    ),
    *(
        b"0o777",
        b"0b101",
        b"0x" + b"f" * 3990,
        b"1" * 3990,
        b"1_000",
        b".inf",
        b".nan",
        b"-.INF",
        b"1e400",
    ),
    *(
        b'"\\ud800"',
        b'"\\U0010ffff"',
        b'"\\x00"',
        b'"\\0"',
        b"a: b: c",
        b"a:\n\tb",
        b"'\n\n'",
        b"# comment\n",
    ),
)
_INI = (
    *(
        b"[",
        b"]",
        b"[DEFAULT]\n",
        b"[x]\n",
        b"[jobs]\n",
        b"a = b\n",
        b"= c\n",
        b"a\n",
        b" continued\n",
        b": x\n",
    ),
    *(
        b"%",
        b"%%",
        b"%(",
        b"%(a)s",
        b"%(b)s" * 50,
        b"%(EXPID)s",
        b"%()s",
        b"%(a)",
        b"${a:b}",
        b";x\n",
        b"#x\n",
    ),
    b"\n".join(b"r%d = %s" % (at, b"%%(r%d)s" % (at + 1) * 10) for at in range(12))
    + b"\nr12 = xxxx\n",
    *(
        b"filename = \0\n",
        b"path = %(path)s/x\n",
        b"backend = postgres\n",
        b"log_recovery_timeout = " + b"9" * 5000 + b"\n",
    ),
    *(
        b"authorized = [run,stop a,b] [all c]\n",
        b"\x0b",
        b"\x1c",
        "\u2028".encode(),
        b"[__proto__]\n",
    ),
)
_GIT = (
    *(
        b"ref: refs/heads/main\n",
        b"ref: ../../../etc/passwd\n",
        b"ref: refs/../../x\n",
        b"gitdir: /etc\n",
    ),
    *(b"0" * 40, b"f" * 64, b" refs/heads/main\n", b"^", b"ref: refs/" + b"x/" * 3000),
)


def configurations(demo: Path) -> dict[str, Target]:
    """Return the targets that are YAML or INI files, with those of a demo to begin with."""
    return {
        "yaml": Target(
            partial(_files, demo, "*/conf/*.yml"),
            changed_text(_YAML),
            partial(_configuration, demo),
        ),
        "ini": Target(
            partial(_files, demo, "*/conf/*.conf"), changed_text(_INI), partial(_ini, demo)
        ),
        "autosubmitrc": Target(
            partial(_files, demo, "autosubmitrc"), changed_text(_INI), _run_control
        ),
        "api-file": Target(_api_files, changed_text(_YAML), _api_file),
        "git": Target(_git_files, changed_text(_GIT), partial(_git, demo)),
    }


def _files(demo: Path, pattern: str, folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(demo.glob(pattern))]


def _copied(demo: Path, pattern: str, folder: Path) -> Path:
    """Return a copy of the first experiment of a demo that has such a file."""
    experiment = sorted(demo.glob(f"*/conf/{pattern}"))[0].parents[1]
    copy = folder / experiment.name
    if not copy.exists():
        shutil.copytree(experiment / "conf", copy / "conf")
    return copy


def _configuration(demo: Path, folder: Path, data: bytes) -> None:
    """Read an experiment with the file in the place of its jobs, and as one that it includes."""
    experiment = _copied(demo, "minimal.yml", folder)
    included = experiment / "included" / "more.yml"
    included.parent.mkdir(exist_ok=True)
    included.write_bytes(data)
    (experiment / "conf" / "zz_last.yml").write_bytes(data if len(data) % 2 else b"")
    (experiment / "conf" / "aa_custom.yml").write_text(
        f"DEFAULT:\n  CUSTOM_CONFIG: {{POST: '{included.parent}'}}\n"
    )
    _same_as_text(data)
    _ask(read_configuration(experiment, experiment.name))


def _same_as_text(data: bytes) -> None:
    """Hold the keys of a file against those of a reading in which every value is a text."""
    try:
        text = data.decode()
        found = parse_yaml(text)
        # What anchors, tags and merges bring in is no key of the text.
        if any(sign in text for sign in "&*!<?%"):
            return
        expected = yaml.load(text, Loader=yaml.CBaseLoader)
    except (ValueError, yaml.YAMLError):
        return
    same("the shape of a document", _shape(found), _shape(expected))


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return [_shape(item) for item in value.values()]
    return [_shape(item) for item in value] if isinstance(value, list) else ""


def _ask(configuration: Configuration) -> None:
    """Ask a configuration for everything that readers take from it."""
    for name in type(configuration).__dict__:
        if not name.startswith("_"):
            getattr(configuration, name)
    data = configuration.data
    for section in [*_keys(data, "JOBS"), *_keys(data, "jobs"), "SIM"][:50]:
        settings = configuration.section(section)
        configuration.platform(settings.platform)
        configuration.wrapper(section)
    shown = json_bytes(data)
    if len(shown) < 1_000_000:
        json.loads(shown)


def _keys(data: Any, section: str) -> list[str]:
    found = data.get(section)
    return list(found) if isinstance(found, dict) else []


def _ini(demo: Path, folder: Path, data: bytes) -> None:
    experiment = _copied(demo, "expdef_*.conf", folder)
    files = sorted((experiment / "conf").glob("*.conf"))
    path = files[len(data) % len(files)]
    before = path.read_bytes()
    path.write_bytes(data)
    try:
        _ask(read_configuration(experiment, experiment.name))
    finally:
        path.write_bytes(before)


def _run_control(folder: Path, data: bytes) -> None:
    path = folder / "autosubmitrc"
    path.write_bytes(data)
    installation = read_installation(path, home=folder, etc=folder)
    installation.settings()
    installation.check()
    installation.job_data("a000")


def _api_files(folder: Path) -> list[bytes]:
    return [
        b"RUNNERS:\n  LOCAL:\n    ENABLED: true\n    MODULE_LOADERS:\n      CONDA: {ENABLED: true}\n",
        b"TASKS: {fleet: {period: 60}}\nNOTIFICATIONS:\n  - mail: a@b.example\n    events: [failed]\n",
    ]


def _api_file(folder: Path, data: bytes) -> None:
    path = folder / "api.yaml"
    path.write_bytes(data)
    path.chmod(0o600)
    for value in read_api_file(path).values():
        repr(value)


def _git_files(folder: Path) -> list[bytes]:
    commit = b"3f786850e387550fdab836ed7e6dc881de23001b"
    packed = b"# pack-refs with: peeled fully-peeled sorted\n" + commit + b" refs/heads/main\n"
    return [b"ref: refs/heads/main\n", commit + b"\n", packed, b"gitdir: ../git\n"]


def _git(demo: Path, folder: Path, data: bytes) -> None:
    experiment = _copied(demo, "minimal.yml", folder)
    (experiment / "conf" / "zz_git.yml").write_text(
        "PROJECT: {PROJECT_TYPE: git, PROJECT_DESTINATION: model}\n"
    )
    project = experiment / "proj" / "model"
    shutil.rmtree(project, ignore_errors=True)
    names = ("HEAD", "packed-refs", "commondir", "refs/heads/main", None)
    name = names[len(data) % len(names)]
    path = project / ".git" / name if name else project / ".git"
    path.parent.mkdir(parents=True)
    if name not in (None, "HEAD"):
        (project / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    path.write_bytes(data)
    commit = read_configuration(experiment, experiment.name).workflow_commit
    assert commit is None or (len(commit) in (40, 64) and commit.encode() in data)
