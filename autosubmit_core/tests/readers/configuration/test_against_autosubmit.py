"""Our dictionaries beside those that Autosubmit's own loader makes of the same files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.errors import SourceError
from autosubmit_core.readers.configuration import read_configuration

#: Run by Autosubmit's Python: experiment -> its dictionary, or None where the loader fails.
LOADER = """
import datetime, json, sys
output, sys.stdout = sys.stdout, sys.stderr
from autosubmit.config.basicconfig import BasicConfig
from autosubmit.config.configcommon import AutosubmitConfig
from autosubmit.config.yamlparser import YAMLParserFactory
from ruamel.yaml.comments import CommentedSet, TaggedScalar

def plain(value):
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (datetime.date, bytes, set, CommentedSet)):
        return None
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, TaggedScalar):
        return str(value.value)
    for kind in (bool, int, float):
        if isinstance(value, kind):
            return kind(value)
    return None if value is None else str(value)

BasicConfig.read()
loaded = {}
for expid in json.load(sys.stdin):
    try:
        configuration = AutosubmitConfig(expid, BasicConfig, YAMLParserFactory())
        configuration.reload(force_load=True)
        loaded[expid] = plain(configuration.experiment_data)
    except BaseException:  # whatever it is, Autosubmit has no configuration then
        loaded[expid] = None
json.dump([loaded, plain(BasicConfig().props())], output)
"""

HEAD = "CONFIG: {AUTOSUBMIT_VERSION: 4.1.17}\n"


def minimal(custom: str = "''", rest: str = "", platform: str = "local") -> str:
    default = f"DEFAULT: {{EXPID: {{EXPID}}, HPCARCH: {platform}, CUSTOM_CONFIG: {custom}}}\n"
    return HEAD + default + rest


JOBS = """
JOBS:
  ini: {file: "%MODEL.NAME%/ini.sh", running: member, wallclock: 00:05:30, platform: "%DEFAULT.HPCARCH%"}
  sim:
    FILE: sim.sh, post.sh
    DEPENDENCIES: ini sim-1
    CUSTOM_DIRECTIVES: ["#SBATCH -A %HPCPROJECT%", "#SBATCH -q %CHUNK%"]
    NOTIFY_ON: failed, completed
    OUT: "%HPCROOTDIR%/%SDATE%/%MEMBER%"
  post:
    FILE: [a.sh, b.sh]
    DEPENDENCIES: {sim: {STATUS: failed?, SPLITS_FROM: {all: {SPLITS_TO: 1}}}, ini: {STATUS: running}}
  clean: {FOR: {NAME: [a, b], PROCESSORS: [4, 8]}, FILE: "c_%NAME%.sh", DEPENDENCIES: "post_%NAME%"}
  check: {FOR: {NAME: "%EXPERIMENT.MEMBERS%", DEPENDENCIES: [{sim: {}}, {post: {}}]}, Q: "%P%-%NAME%"}
EXPERIMENT: {MEMBERS: [fc0, fc1], DATELIST: 20000101, CHUNKSIZE: "4"}
MODEL: {NAME: nemo-%MODEL.VERSION%, VERSION: 4.2, ROOT: "%ROOTDIR%|%PROJDIR%|%DEFAULT.EXPID%"}
WRAPPERS: {POLICY: flexible, w: {type: Vertical, jobs_in_wrapper: sim&post}, x: {TYPE: h, JOBS_IN_WRAPPER: "a, b"}}
"""
PLATFORMS = """
PLATFORMS:
  mn5: {TYPE: slurm, USER: u, PROJECT: bsc32, SCRATCH_DIR: /gpfs, QUEUE: q, X: {Y: 1}}
  other: {USER: "%HPCUSER%", PROJECT: p}
"""
ODD = """
I: [010, 0o10, 0x1F, 1_000, 1e3, 1., .5, .5e3, +1, 4.1.17, 1e5x]
T: [yes, on, "true", 00:05, 01:30:00, =, nULL, 2000-1-1]
V: [true, False, ~, NULL]
D: {a: 2000-01-01, b: 2000-01-01 10:00:00, c: "2000-01-01"}
K: {5: five, yes: 1, null: 2, 1.5: z, true: t, a: 1, A: 2}
G: {s: !foo bar, t: !foo {x: !bar z}, u: !foo [1, !x 2], b: !!binary aGVsbG8=, o: !!omap [a: 1], p: !!set {a}}
B: &b {X: 1, Y: 1}
M: {<<: *b, Y: 3}
F: &t true
E: *t
N: 123456789012345678901234567890
L: |
  a %I% b
P: ["100%", "5% and 6%", "a%%b"]
S: "%D.a% %K.5% %F% %V% %B%"
U: "%D.c^^%-%DEFAULT.EXPID%-%DEFAULT.EXPID^^%-%DEFAULT.HPCARCH,,%"
"""

#: Name of a tree -> its files; ``{FOLDER}`` is the experiment's folder, ``{EXPID}`` its name.
TREES: dict[str, dict[str, str]] = {
    "nothing": {},
    "minimal": {"conf/minimal.yml": minimal()},
    "jobs": {"conf/minimal.yml": minimal(), "conf/jobs.yml": JOBS},
    "jobs and platforms": {
        "conf/minimal.yml": minimal(platform="mn5"),
        "conf/jobs.yml": JOBS,
        "conf/platforms.yml": PLATFORMS,
    },
    "odd types": {"conf/minimal.yml": minimal(rest=ODD)},
    "many files": {
        "conf/minimal.yml": minimal(rest="A: minimal\nB: minimal\nC: minimal\n"),
        "conf/a.yml": "A: '%X%/a'\nB: '%^X%'\nS: {K: 1, L: [1], M: {N: 1}}\nX: 1\n",
        "conf/b.yaml": "A: '%LATE%/b'\nX: 2\nS: {K: ~, L: [2], M: {}}\n",
        "conf/.hidden.yml": "H: 1\n",
        "conf/z.yml": "LATE: '%X%'\nS: {M: {O: 2}}\n",
        "conf/as_misc.yml": "AS_MISC: true\nA: misc\n",
        "conf/metadata/experiment_data.yml": "A: meta\n",
    },
    "before and after": {
        "conf/minimal.yml": minimal(
            "{PRE: '{FOLDER}/pre.yml,{FOLDER}/d', POST: ['{FOLDER}/%T%.yml']}",
            "A: minimal\nB: minimal\nC: minimal\nD: minimal\nE: '%A%'\n",
        ),
        "pre.yml": "A: pre\nB: pre\nC: pre\nF: '%B% %C% %PROJDIR%'\nT: post\n" + PLATFORMS,
        "d/a.yml": "C: folder\nG: '%ROOTDIR%/%DEFAULT.EXPID%'\nDEFAULT: {HPCARCH: mn5, EXPID: no}\n",
        "d/b.yml": JOBS,
        "conf/own.yml": "A: own\nB: own\nH: '%A% %C%'\nPROJECT: {PROJECT_DESTINATION: wf}\n",
        "post.yml": "A: post\nI: '%A% %B% %PROJDIR%'\nJOBS: {sim: {PROCESSORS: 4}}\n",
    },
    "text of blanks": {
        "conf/minimal.yml": minimal("'{FOLDER}/a.yml {FOLDER}/gone.yml {FOLDER}/b.txt'"),
        "a.yml": "A: a\nB: a\n",
        "b.txt": "B: b\n",
    },
    "plain list": {"conf/minimal.yml": minimal("['{FOLDER}/a.yml']"), "a.yml": "A: a\n"},
    "nested": {
        "conf/minimal.yml": minimal("'{FOLDER}/a.yml,{FOLDER}/b.yml,{FOLDER}/c.yml'"),
        "a.yml": "V: a\nDEFAULT: {CUSTOM_CONFIG: {PRE: '%ROOTDIR%/e.yml', POST: '%ROOTDIR%/f.yml'}}\n",
        "b.yml": "V: b\nW: b\nDEFAULT: {CUSTOM_CONFIG: {POST: '%ROOTDIR%/g.yml'}}\n",
        "c.yml": "X: c\nY: '%V% %W%'\nDEFAULT: {CUSTOM_CONFIG: '%ROOTDIR%/h.yml'}\n",
        "e.yml": "V: e\nW: e\nE: '%V%'\n",
        "f.yml": "W: f\nF: f\n",
        "g.yml": "X: g\nG: '%W%'\n",
        "h.yml": "W: h\nX: h\nH: '%X%'\nDEFAULT: {CUSTOM_CONFIG: '%ROOTDIR%/a.yml'}\n",
    },
    "reserved": {
        "conf/minimal.yml": minimal(
            rest="HPCROOTDIR: /x\nHPCARCH: foo\nROOTDIR: /r\nPROJDIR: /p\nLOCAL_TMP_DIR: /t\n"
            "AUTOSUBMIT: {X: 1}\nA: '%HPCROOTDIR% %ROOTDIR% %LOCAL_TMP_DIR%'\nHPCUSER: u\n"
        )
    },
    "git project": {
        "conf/minimal.yml": minimal(
            rest="PROJECT: {PROJECT_TYPE: git, PROJECT_DESTINATION: ''}\n"
            "GIT: {PROJECT_ORIGIN: '%O%/repo.git'}\nO: git@host:group\n"
        )
    },
    "circle": {"conf/minimal.yml": minimal(rest="A: '%B%'\nB: '%C%'\nC: '%A%'\nD: '%A%'\n")},
    "list beside placeholder": {"conf/minimal.yml": minimal(rest="A: [1, '%B%']\nB: b\n")},
    "path through text": {"conf/minimal.yml": minimal(rest="A: '%B.C%'\nB: b\n")},
    "repeated key": {"conf/minimal.yml": minimal(rest="A: 1\nA: 2\n")},
    "wallclock number": {"conf/minimal.yml": minimal(rest="JOBS: {a: {WALLCLOCK: 30}}\n")},
    "wrapper without type": {
        "conf/minimal.yml": minimal(rest="WRAPPERS: {w: {JOBS_IN_WRAPPER: a}}\n")
    },
    "section over text": {
        "conf/minimal.yml": minimal("'{FOLDER}/a.yml'", "X: {A: 1}\n"),
        "a.yml": "X: text\n",
    },
}


def load(python: Path, root: Path, expids: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what Autosubmit makes of the experiments, and the installation's settings."""
    run_control = root / "autosubmitrc"
    run_control.write_text(f"[database]\npath = {root}\n[local]\npath = {root}\n")
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ}
    finished = subprocess.run(
        [python, "-c", LOADER],
        input=json.dumps(expids),
        env={**kept, "HOME": str(root), "AUTOSUBMIT_CONFIGURATION": str(run_control)},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    loaded, settings = json.loads(finished.stdout)
    return loaded, settings


def compare(root: Path, loaded: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return where ours differs: experiment -> key -> Autosubmit's value and ours."""
    different: dict[str, Any] = {}
    for expid, wanted in loaded.items():
        description = (wanted or {}).get("DEFAULT", {}).get("DESCRIPTION")
        known = {name: settings[name] for name in settings if name in (wanted or {})}
        try:
            ours: Mapping[str, Any] | None = read_configuration(
                root / expid, expid, description=description, installation=known
            ).data
        except SourceError:
            ours = None
        if ours is None or wanted is None:
            if ours is not wanted:
                different[expid] = (wanted, ours)
            continue
        values = {key: (wanted.get(key), ours.get(key)) for key in wanted.keys() | ours.keys()}
        differing = {key: pair for key, pair in values.items() if pair[0] != pair[1]}
        if differing:
            different[expid] = differing
    return different


def test_trees_of_all_kinds_are_resolved_alike(
    autosubmit_python: Path, shared: Path, tmp_path: Path
) -> None:
    shutil.copyfile(
        shared / "reference" / "experiments" / "autosubmit.db", tmp_path / "autosubmit.db"
    )
    names = {f"t{number:03}": name for number, name in enumerate(TREES)}
    for expid, name in names.items():
        folder = tmp_path / expid
        (folder / "conf").mkdir(parents=True)
        for file, content in TREES[name].items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            filled = content.replace("{FOLDER}", str(folder)).replace("{EXPID}", expid)
            (folder / file).write_text(filled, encoding="utf-8")
    loaded, settings = load(autosubmit_python, tmp_path, list(names))
    refused = {names[expid] for expid, data in loaded.items() if data is None}
    assert refused == {
        "list beside placeholder",
        "path through text",
        "repeated key",
        "section over text",
        "wallclock number",
        "wrapper without type",
    }
    assert {names[expid]: what for expid, what in compare(tmp_path, loaded, settings).items()} == {}


@pytest.mark.parametrize("expid", ["a003", "a007", "a1ve", "a1vj", "a1vx", "a6zj", "a8qc", "aa6f"])
def test_real_experiments_are_resolved_alike(
    autosubmit_python: Path, reference_experiments: Path, expid: str
) -> None:
    loaded, settings = load(autosubmit_python, reference_experiments, [expid])
    assert loaded[expid] is not None
    assert compare(reference_experiments, loaded, settings) == {}
