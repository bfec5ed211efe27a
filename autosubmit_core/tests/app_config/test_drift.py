"""The program that compares what runs on OpenShift with what is written."""

from __future__ import annotations

import copy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

TOP = Path(__file__).resolve().parents[3]
PROGRAM = TOP / "app-config" / "openshift" / "config.py"
SERVER = "https://api.cluster.example.org:6443"

WRITTEN: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "api-app", "labels": {"app.kubernetes.io/part-of": "autosubmit"}},
    "spec": {
        "selector": {"matchLabels": {"app": "api-app"}},
        "template": {
            "metadata": {"labels": {"app": "api-app"}},
            "spec": {
                "containers": [
                    {
                        "name": "api-app",
                        "image": "registry.example.org/autosubmit/api-app:0.1.0",
                        "env": [{"name": "B", "value": "1"}, {"name": "A", "value": "2"}],
                        "livenessProbe": {"httpGet": {"path": "/health/live", "port": "http"}},
                        "resources": {"limits": {"cpu": "2"}},
                    }
                ],
            },
        },
    },
}


def running() -> dict[str, Any]:
    """Return the same as a cluster tells it: with what it notes, says itself, and puts in order."""
    found = copy.deepcopy(WRITTEN)
    found["metadata"] |= {
        "uid": "c0ffee",
        "resourceVersion": "17",
        "generation": 3,
        "creationTimestamp": "2026-11-22T10:00:00Z",
        "namespace": "autosubmit-test",
        "annotations": {"deployment.kubernetes.io/revision": "4"},
        "managedFields": [{"manager": "oc"}],
    }
    found["status"] = {"readyReplicas": 3}
    found["spec"] |= {"replicas": 3, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600}
    found["spec"]["template"]["metadata"] |= {
        "creationTimestamp": None,
        "annotations": {"kubectl.kubernetes.io/restartedAt": "2026-11-22T10:00:00Z"},
    }
    pod = found["spec"]["template"]["spec"]
    pod |= {"restartPolicy": "Always", "dnsPolicy": "ClusterFirst", "securityContext": {}}
    (container,) = pod["containers"]
    container["image"] += "@sha256:" + "0a" * 32
    container["imagePullPolicy"] = "IfNotPresent"
    container["terminationMessagePath"] = "/dev/termination-log"
    container["env"].reverse()
    container["livenessProbe"] |= {"successThreshold": 1, "failureThreshold": 3}
    container["livenessProbe"]["httpGet"]["scheme"] = "HTTP"
    return found


def container_of(found: dict[str, Any]) -> dict[str, Any]:
    only: dict[str, Any] = found["spec"]["template"]["spec"]["containers"][0]
    return only


def run(*arguments: object, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the program; ``path`` is the only folder in which it finds others."""
    return subprocess.run(
        [sys.executable, PROGRAM, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": str(path)} if path else None,
    )


@pytest.fixture
def normalised(tmp_path: Path) -> Callable[[Any], str]:
    def make(found: Any) -> str:
        source, target = tmp_path / "in.yaml", tmp_path / "out.yaml"
        source.write_text(yaml.safe_dump(found))
        done = run("normalise", source, target)
        assert done.returncode == 0, done.stderr
        return target.read_text()

    return make


def test_what_differs_by_itself_is_no_difference(normalised: Callable[[Any], str]) -> None:
    listed = {"apiVersion": "v1", "kind": "List", "items": [running()]}
    assert normalised(listed) == normalised(WRITTEN)
    assert "Deployment/api-app" in normalised(WRITTEN)


def test_one_configuration_that_nothing_uses_any_more_is_no_difference(
    normalised: Callable[[Any], str],
) -> None:
    old = {"kind": "ConfigMap", "metadata": {"name": "autosubmit-router-old"}, "data": {"a": "b"}}
    assert normalised({"kind": "List", "items": [WRITTEN, old]}) == normalised(WRITTEN)


@pytest.mark.parametrize(
    "change",
    [
        lambda each: each["env"][0].update(value="other"),
        lambda each: each["env"].append({"name": "C", "value": "3"}),
        lambda each: each["livenessProbe"]["httpGet"].update(path="/"),
        lambda each: each["livenessProbe"].update(failureThreshold=9),
        lambda each: each["resources"]["limits"].update(cpu="3"),
        lambda each: each.update(image="registry.example.org/autosubmit/api-app:0.2.0"),
        lambda each: each.pop("livenessProbe"),
    ],
    ids=["variable", "one more", "probe", "threshold", "resource", "tag", "no probe"],
)
def test_what_somebody_changed_is_a_difference(
    normalised: Callable[[Any], str], change: Callable[[dict[str, Any]], object]
) -> None:
    changed = running()
    change(container_of(changed))
    assert normalised(changed) != normalised(WRITTEN)


# -- with the programs that it calls -------------------------------------------------------------


@pytest.fixture
def cluster(tmp_path: Path) -> Callable[..., Path]:
    """Make an ``oc`` that tells what a cluster has told, and a ``kubectl`` that tells what is written."""

    def make(found: Any, server: str = SERVER, project: int = 0, said: str = "") -> Path:
        folder = tmp_path / "bin"
        folder.mkdir()
        (tmp_path / "running.yaml").write_text(yaml.safe_dump({"kind": "List", "items": [found]}))
        (tmp_path / "written.yaml").write_text(yaml.safe_dump(WRITTEN))
        (folder / "oc").write_text(
            f"""#!/bin/sh
case "$*" in
  *--show-server) echo {server} ;;
  "get project"*) echo '{said}' >&2; exit {project} ;;
  *) /bin/cat {tmp_path}/running.yaml ;;
esac
"""
        )
        (folder / "kubectl").write_text(f"#!/bin/sh\n/bin/cat {tmp_path}/written.yaml\n")
        for program in folder.iterdir():
            program.chmod(0o755)
        return folder

    return make


def test_what_runs_as_it_is_written_is_no_difference(
    cluster: Callable[..., Path], tmp_path: Path
) -> None:
    done = run("check", "test", tmp_path / "out", path=cluster(running()))
    assert (done.returncode, done.stdout) == (0, "test runs as it is written\n")
    assert len(list((tmp_path / "out").iterdir())) == 4


def test_a_difference_is_shown_and_ends_with_1(
    cluster: Callable[..., Path], tmp_path: Path
) -> None:
    changed = running()
    container_of(changed)["resources"]["limits"]["cpu"] = "3"
    done = run("check", "test", tmp_path / "out", path=cluster(changed))
    assert done.returncode == 1
    assert "-              cpu: '2'" in done.stdout
    assert "+              cpu: '3'" in done.stdout


@pytest.mark.parametrize(
    ("told", "status", "said"),
    [
        ({"server": "https://elsewhere.example"}, 1, "logged in to https://elsewhere.example, not"),
        ({"project": 1, "said": "Error: forbidden"}, 1, "oc get: Error: forbidden"),
        ({"project": 1, "said": "Unable to connect to the server"}, 3, "Unable to connect"),
    ],
    ids=["another cluster", "no such project", "silence"],
)
def test_what_cannot_be_compared_is_one_line(
    cluster: Callable[..., Path], tmp_path: Path, told: dict[str, Any], status: int, said: str
) -> None:
    done = run("check", "test", tmp_path / "out", path=cluster(running(), **told))
    assert done.returncode == status
    (line,) = done.stderr.splitlines()
    assert said in line


def test_a_program_that_is_missing_and_an_instance_that_is_none_are_one_line(
    tmp_path: Path,
) -> None:
    missing = run("fetch", "test", tmp_path / "out", path=tmp_path)
    assert (missing.returncode, missing.stderr) == (
        1,
        "config.py: the program oc is not installed\n",
    )
    unknown = run("generate", "staging", tmp_path / "out")
    assert unknown.returncode == 1
    assert "there is no instance 'staging'; there are test, production" in unknown.stderr


def test_nobody_logs_in_without_a_token() -> None:
    refused = run("login", "test", "NO_SUCH_VARIABLE")
    assert refused.returncode == 1
    assert "the variable NO_SUCH_VARIABLE has no token" in refused.stderr


def test_the_program_is_held_to_types_and_style() -> None:
    for tool in (["mypy", "--strict"], ["ruff", "check"], ["ruff", "format", "--check"]):
        command = [sys.executable, "-m", *tool, str(PROGRAM)]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd=TOP / "autosubmit_core",
        )
        assert done.returncode == 0, done.stdout


# -- deploying -----------------------------------------------------------------------------------

DEPLOY_OC = """#!/bin/sh
echo "$*" >> calls
case "$*" in
  "rollout status"*worker) exit $FAILS ;;
  "get "*) echo autosubmit-test.example.org ;;
esac
"""


@pytest.mark.parametrize("fails", [0, 1])
def test_images_are_deployed_by_digest_and_taken_back_if_they_do_not_come_up(
    tmp_path: Path, kubectl: str, fails: int
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "oc").write_text(DEPLOY_OC)
    (programs / "curl").write_text("#!/bin/sh\necho curl $* >> calls\n")
    for program in programs.iterdir():
        program.chmod(0o755)
    for app in ("api-app", "site-app"):
        (tmp_path / f"{app}.digest").write_text(f"sha256:{app}")
    path = f"{programs}:{Path(sys.executable).parent}:{Path(kubectl).parent}:/usr/bin:/bin"
    done = subprocess.run(
        [PROGRAM.parent / "deploy", "test", "registry.example.com/ours"],
        cwd=tmp_path,
        env={"PATH": path, "FAILS": str(fails)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == fails, done.stderr
    wanted = (tmp_path / "wanted.yaml").read_text()
    assert wanted.count("image: registry.example.com/ours/api-app@sha256:api-app\n") == 2
    assert "image: registry.example.com/ours/site-app@sha256:site-app\n" in wanted
    calls = (tmp_path / "calls").read_text()
    assert ("rollout undo" in calls) == bool(fails)
    assert ("/api/health/ready" in calls) == (not fails)
