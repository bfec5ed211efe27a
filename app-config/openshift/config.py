#!/usr/bin/env python3
"""Compare what runs on OpenShift with what is written here.

    config.py login INSTANCE VARIABLE    log in with the token that a variable has (needs `oc`)
    config.py fetch INSTANCE FILE        what runs, as the cluster tells it (needs `oc`, logged in)
    config.py generate INSTANCE FILE     what is written for an instance (needs `kubectl`)
    config.py normalise IN OUT           either without what differs by itself
    config.py check INSTANCE FOLDER      all of these into a folder, and how they differ

It ends with 0 if nothing differs, with 1 if something does or cannot be, and with 3 if the cluster
cannot be reached. Needs PyYAML.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent

#: What is compared; secrets are not: nobody who compares need be able to read them.
KINDS = (
    *("ConfigMap", "Deployment", "HorizontalPodAutoscaler", "NetworkPolicy"),
    *("PersistentVolumeClaim", "PodDisruptionBudget", "PodMonitor", "PrometheusRule"),
    *("Route", "Service"),
)
PART_OF = "app.kubernetes.io/part-of=autosubmit"
UNREACHABLE = 3

#: What the cluster notes about an object, wherever it stands in one of a kind.
NOTED = {
    "": ("status",),
    "PersistentVolumeClaim": ("spec.volumeName", "spec.volumeMode", "spec.storageClassName"),
    "Route": ("spec.wildcardPolicy", "spec.to.weight"),
    "Service": ("spec.clusterIP", "spec.clusterIPs", "spec.ipFamilies", "spec.ipFamilyPolicy"),
}
#: What the cluster says for those who say nothing.
DEFAULTS = {
    "apiVersion": ("v1",),
    "dnsPolicy": ("ClusterFirst",),
    "failureThreshold": (3,),
    "imagePullPolicy": ("IfNotPresent", "Always"),
    "internalTrafficPolicy": ("Cluster",),
    "progressDeadlineSeconds": (600,),
    "protocol": ("TCP",),
    "restartPolicy": ("Always",),
    "revisionHistoryLimit": (10,),
    "schedulerName": ("default-scheduler",),
    "scheme": ("HTTP",),
    "sessionAffinity": ("None",),
    "successThreshold": (1,),
    "terminationMessagePath": ("/dev/termination-log",),
    "terminationMessagePolicy": ("File",),
    "timeoutSeconds": (1,),
    "type": ("ClusterIP",),
}


class ProblemError(Exception):
    """Something that cannot be; the text is for whoever called, and ``status`` how to end."""

    def __init__(self, text: str, status: int = 1) -> None:
        super().__init__(text)
        self.status = status


def instance(name: str) -> dict[str, str]:
    """Return where an instance runs."""
    known = yaml.safe_load((HERE / "instances.yaml").read_text())
    if name not in known:
        raise ProblemError(f"there is no instance {name!r}; there are {', '.join(known)}")
    found: dict[str, str] = known[name]
    return found


def login(name: str, variable: str) -> None:
    """Log in to the cluster of an instance."""
    if not os.environ.get(variable):
        raise ProblemError(f"the variable {variable} has no token")
    _run("oc", "login", "--server", instance(name)["server"], "--token", os.environ[variable])


def fetch(name: str) -> str:
    """Return what runs of an instance, as YAML."""
    told = instance(name)
    server = _run("oc", "whoami", "--show-server").strip()
    if server != told["server"]:
        raise ProblemError(f"logged in to {server or 'nothing'}, not to {told['server']}")
    _run("oc", "get", "project", told["project"], "--output", "name")
    kinds = ",".join(kind.lower() for kind in KINDS)
    where = ("--namespace", told["project"], "--selector", PART_OF)
    return _run("oc", "get", kinds, *where, "--output", "yaml")


def generate(name: str) -> str:
    """Return what is written for an instance, as YAML."""
    instance(name)
    return _run("kubectl", "kustomize", str(HERE / name))


def normalise(text: str) -> str:
    """Return objects by kind and name, without what differs by itself."""
    objects = [item for document in yaml.safe_load_all(text) for item in _items(document)]
    used = set(_configurations(objects))
    kept = {
        f"{each['kind']}/{each['metadata']['name']}": _normal(each)
        for each in objects
        # One that nothing mounts any more is what the last change of it has left.
        if each["kind"] in KINDS
        and (each["kind"] != "ConfigMap" or each["metadata"]["name"] in used)
    }
    return yaml.safe_dump(kept, sort_keys=True, allow_unicode=True)


def check(name: str, folder: Path) -> int:
    """Write down both sides, raw and normalised, and print how they differ."""
    folder.mkdir(parents=True, exist_ok=True)
    sides = {"written": generate(name), "running": fetch(name)}
    plain = {side: normalise(text) for side, text in sides.items()}
    for side, text in sides.items():
        (folder / f"{side}.raw.yaml").write_text(text)
        (folder / f"{side}.yaml").write_text(plain[side])
    written, running = (text.splitlines() for text in plain.values())
    difference = list(difflib.unified_diff(written, running, "written", "running", lineterm=""))
    print("\n".join(difference) or f"{name} runs as it is written")
    return 1 if difference else 0


def _items(document: Any) -> Iterable[dict[str, Any]]:
    if not document:
        return []
    return document["items"] if document.get("kind") == "List" else [document]


def _configurations(objects: Iterable[dict[str, Any]]) -> Iterable[str]:
    """Yield the names of the ConfigMaps that deployments use."""
    for each in objects:
        if each["kind"] == "Deployment":
            pod = each["spec"]["template"]["spec"]
            for volume in pod.get("volumes", ()):
                yield volume.get("configMap", {}).get("name", "")
            for container in pod["containers"]:
                for source in container.get("envFrom", ()):
                    yield source.get("configMapRef", {}).get("name", "")


def _normal(found: dict[str, Any]) -> dict[str, Any]:
    metadata = found["metadata"]
    annotations = {
        key: value
        for key, value in (metadata.get("annotations") or {}).items()
        if key.startswith("haproxy.router.openshift.io/")
    }
    plain: dict[str, Any] = _without_defaults({**found, "metadata": {}})
    plain["metadata"] = {
        "labels": metadata.get("labels") or {},
        **({"annotations": annotations} if annotations else {}),
    }
    for path in (*NOTED[""], *NOTED.get(found["kind"], ())):
        _drop(plain, path.split("."))
    if found["kind"] == "Deployment":
        _drop(plain, ["spec", "replicas"])  # what an autoscaler, or somebody in need, has said
        _drop(plain, ["spec", "template", "metadata", "annotations"])
        _drop(plain, ["spec", "template", "metadata", "creationTimestamp"])
    return plain


def _without_defaults(value: Any, key: str = "") -> Any:
    """Return a value without what means nothing, with lists of named things in the order of their names."""
    if isinstance(value, dict):
        plain = {name: _without_defaults(inner, name) for name, inner in value.items()}
        return {
            name: inner
            for name, inner in plain.items()
            if inner not in (None, {}, []) and inner not in DEFAULTS.get(name, ())
        }
    if isinstance(value, list):
        listed = [_without_defaults(inner) for inner in value]
        named = all(isinstance(inner, dict) and "name" in inner for inner in listed)
        return sorted(listed, key=lambda inner: str(inner["name"])) if named else listed
    # The digest of an image is that of what the pipeline has built last.
    return re.sub(r"@sha256:[0-9a-f]+$", "", value) if key == "image" else value


def _drop(plain: dict[str, Any], path: Sequence[str]) -> None:
    *parents, last = path
    for name in parents:
        plain = plain.get(name, {})
    plain.pop(last, None)


def _run(*command: str) -> str:
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise ProblemError(f"the program {command[0]} is not installed") from None
    if run.returncode:
        said = " ".join(run.stderr.split()) or f"ended with {run.returncode}"
        silent = re.search(r"Unable to connect|connection refused|timed? ?out|no such host", said)
        raise ProblemError(f"{' '.join(command[:2])}: {said}", UNREACHABLE if silent else 1)
    return run.stdout


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks for; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name, given in {
        **{
            "login": ("instance", "variable"),
            "fetch": ("instance", "file"),
            "generate": ("instance", "file"),
        },
        **{"normalise": ("source", "file"), "check": ("instance", "folder")},
    }.items():
        one = commands.add_parser(name)
        for each in given:
            one.add_argument(each, type=str if each in ("instance", "variable") else Path)
    asked = parser.parse_args(arguments)
    try:
        if asked.command == "login":
            login(asked.instance, asked.variable)
            return 0
        if asked.command == "check":
            return check(asked.instance, asked.folder)
        if asked.command == "normalise":
            made = normalise(asked.source.read_text())
        else:
            made = {"fetch": fetch, "generate": generate}[asked.command](asked.instance)
        asked.file.write_text(made)
    except (ProblemError, OSError, yaml.YAMLError) as error:
        print(f"config.py: {' '.join(str(error).split())}", file=sys.stderr)
        return error.status if isinstance(error, ProblemError) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
