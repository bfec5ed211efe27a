"""The manifests: objects that Kubernetes knows, with no more rights than they need (D-7, D-8)."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

INSTANCES = ("test", "production")
#: Kinds of OpenShift and of its monitoring, which Kubernetes itself does not know.
NOT_ITS_OWN = {"Route", "PodMonitor", "PrometheusRule"}
#: Who is sent no requests, and so need not say when it is ready for them.
SERVES_NOBODY = "worker"
#: The Kubernetes of OpenShift 4.20.
KUBERNETES = "1.33"


def deployments(manifests: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        each["metadata"]["name"]: each["spec"] for each in manifests if each["kind"] == "Deployment"
    }


def of_kind(manifests: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [each for each in manifests if each["kind"] == kind]


def test_every_object_is_one_that_kubernetes_knows(manifests: list[dict[str, Any]]) -> None:
    for each in manifests:
        if each["kind"] not in NOT_ITS_OWN:
            kubernetes_validate.validate(each, KUBERNETES, strict=True)
    assert {each["kind"] for each in manifests} >= NOT_ITS_OWN


@pytest.mark.parametrize("name", INSTANCES)
def test_an_instance_can_be_put_together(app_config: Path, kubectl: str, name: str) -> None:
    run = subprocess.run(
        [kubectl, "kustomize", str(app_config / "openshift" / name)],
        capture_output=True,
        text=True,
        check=True,
    )
    made = list(yaml.safe_load_all(run.stdout))
    project = {"test": "autosubmit-test", "production": "autosubmit-prod"}[name]
    assert {each["metadata"]["namespace"] for each in made} == {project}
    for each in made:
        if each["kind"] not in NOT_ITS_OWN:
            kubernetes_validate.validate(each, KUBERNETES, strict=True)
    containers = [
        container
        for spec in deployments(made).values()
        for container in spec["template"]["spec"]["containers"]
    ]
    assert all("/" in container["image"] for container in containers)
    (route,) = of_kind(made, "Route")
    public = [
        variable["value"]
        for container in containers
        for variable in container.get("env", ())
        if variable["name"] == "AUTOSUBMIT_PUBLIC_URL"
    ]
    assert sorted(public) == [f"https://{route['spec']['host']}{path}" for path in ("", "/api")]


def test_production_follows_no_tag_that_moves(app_config: Path) -> None:
    told = yaml.safe_load((app_config / "openshift/production/kustomization.yaml").read_text())
    for image in told["images"]:
        assert image["newTag"][0].isdigit(), image


def test_d7_a_pod_has_no_rights(manifests: list[dict[str, Any]]) -> None:
    for name, spec in deployments(manifests).items():
        pod = spec["template"]["spec"]
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["securityContext"] == {
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        }
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert container["resources"].keys() == {"requests", "limits"}
            assert ":latest" not in container["image"]


def test_d7_secrets_are_files_and_stand_nowhere(
    manifests: list[dict[str, Any]], is_setting: Callable[[str], bool]
) -> None:
    assert of_kind(manifests, "Secret") == []
    for name, spec in deployments(manifests).items():
        for container in spec["template"]["spec"]["containers"]:
            for source in container.get("envFrom", ()):
                assert source.keys() == {"configMapRef"}, name
            for variable in container.get("env", ()):
                assert variable.keys() == {"name", "value"}
                assert is_setting(variable["name"])
    (settings,) = of_kind(manifests, "ConfigMap")
    assert [name for name in settings["data"] if not is_setting(name)] == []
    assert not [name for name in settings["data"] if "SECRET" in name or "PASSWORD" in name]


def test_d7_experiments_are_read_only(manifests: list[dict[str, Any]]) -> None:
    for name, spec in deployments(manifests).items():
        pod = spec["template"]["spec"]
        volumes = {each["name"]: each for each in pod["volumes"]}
        for mount in pod["containers"][0]["volumeMounts"]:
            if mount["name"] == "experiments":
                assert mount["readOnly"] is True, name
                assert volumes["experiments"]["persistentVolumeClaim"]["readOnly"] is True


def test_d7_nobody_reaches_more_than_they_need(manifests: list[dict[str, Any]]) -> None:
    """Who reaches which port of whom; all that is not said is refused."""
    specs = [each["spec"] for each in of_kind(manifests, "NetworkPolicy")]
    assert {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} in specs
    apps, everybody = {"api-app", "site-app"}, "everybody"

    def chosen(selector: dict[str, Any]) -> set[str]:
        if not selector:
            return {everybody}
        (expression,) = selector.get("matchExpressions", [{}])
        labels = selector.get("matchLabels", {}).values()
        return {*labels, *expression.get("values", ())}

    outwards = {
        (who, one["port"])
        for spec in specs
        for rule in spec.get("egress", ())
        for who in chosen(spec["podSelector"])
        for one in rule["ports"]
    }
    assert outwards == {
        *(("autosubmit-router", port) for port in (8080, 8088)),
        *((app, 443) for app in apps),
        *((who, 5432) for who in {*apps, "worker"}),
        *(("worker", port) for port in (443, 465, 587)),
        (everybody, 5353),
    }
    inwards = {
        (who, one["port"])
        for spec in specs
        for rule in spec.get("ingress", ())
        for who in chosen(spec["podSelector"])
        for one in rule["ports"]
        if rule["from"]
    }
    assert inwards == {
        ("autosubmit-router", 8080),
        *((app, port) for app in apps for port in (8080, 8088, 9088)),
        ("worker", 9088),
    }


def test_d8_every_server_is_probed(manifests: list[dict[str, Any]]) -> None:
    for name, spec in deployments(manifests).items():
        (container,) = spec["template"]["spec"]["containers"]
        probes = {key for key in container if key.endswith("Probe")}
        wanted = {"startupProbe", "livenessProbe"}
        assert probes == (wanted if name == SERVES_NOBODY else {*wanted, "readinessProbe"})
        ports = {port["name"] for port in container["ports"]}
        assert {container[probe]["httpGet"]["port"] for probe in probes} <= ports


def test_d8_answers_go_on_while_one_copy_is_away(manifests: list[dict[str, Any]]) -> None:
    found = deployments(manifests)
    scaled = [each["spec"] for each in of_kind(manifests, "HorizontalPodAutoscaler")]
    assert {each["scaleTargetRef"]["name"] for each in scaled} == {"api-app", "site-app"}
    for each in scaled:
        assert each["minReplicas"] >= 2
        assert "replicas" not in found[each["scaleTargetRef"]["name"]]
    assert found["autosubmit-router"]["replicas"] == 2
    serving = {"api-app", "site-app", "autosubmit-router"}
    for name in serving:
        assert found[name]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
        assert found[name]["template"]["spec"]["topologySpreadConstraints"]
    budgets = of_kind(manifests, "PodDisruptionBudget")
    assert {each["spec"]["maxUnavailable"] for each in budgets} == {1}
    assert {each["metadata"]["name"] for each in budgets} == serving


def test_d5_a_copy_keeps_nothing_that_another_needs(manifests: list[dict[str, Any]]) -> None:
    """Every volume is made for the pod alone, or only read."""
    for spec in deployments(manifests).values():
        for volume in spec["template"]["spec"]["volumes"]:
            claim = volume.get("persistentVolumeClaim", {"readOnly": True})
            assert claim["readOnly"] is True


def test_d5_there_is_one_worker_and_servers_do_no_background_tasks(
    manifests: list[dict[str, Any]],
) -> None:
    worker = deployments(manifests)["worker"]
    assert (worker["replicas"], worker["strategy"]) == (1, {"type": "Recreate"})
    (settings,) = of_kind(manifests, "ConfigMap")
    assert settings["data"]["DISABLE_BACKGROUND_TASKS"] == "true"


def test_d3_a_pod_has_time_to_stop(manifests: list[dict[str, Any]]) -> None:
    """The image waits for 5 seconds, requests may take 25 more."""
    for spec in deployments(manifests).values():
        assert spec["template"]["spec"]["terminationGracePeriodSeconds"] > 5 + 25


def test_every_name_that_is_used_is_there(manifests: list[dict[str, Any]]) -> None:
    """Services and policies choose pods by labels, and ports by names, which nothing else checks."""
    found = deployments(manifests)
    ports = {
        name: {port["name"] for port in spec["template"]["spec"]["containers"][0].get("ports", ())}
        for name, spec in found.items()
    }
    for service in of_kind(manifests, "Service"):
        for port in service["spec"]["ports"]:
            assert port["targetPort"] in ports[service["spec"]["selector"]["app"]]
    (route,) = of_kind(manifests, "Route")
    services = {each["metadata"]["name"] for each in of_kind(manifests, "Service")}
    assert route["spec"]["to"]["name"] in services
    (monitor,) = of_kind(manifests, "PodMonitor")
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    for name in monitor["spec"]["selector"]["matchExpressions"][0]["values"]:
        assert endpoint["port"] in ports[name]
    for name, spec in found.items():
        assert spec["selector"]["matchLabels"] == {"app": name}
        assert spec["template"]["metadata"]["labels"] == {"app": name}
