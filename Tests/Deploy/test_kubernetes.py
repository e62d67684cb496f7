"""infra/kubernetes: the manifests render, fit Kubernetes' schema, and give each daemon what it asks for."""

import shutil
import subprocess
from functools import cache

import kubernetes_validate
import pytest
import yaml

from conftest import ROOT, SERVICES, STORED, call_graph, check, run, unknown

FOLDER = ROOT / "infra/kubernetes"
VARIANTS = {"base": 1, "overlays/nats": 2}
MOUNT = "/run/secrets/carillon/"


def can_render():
    said = shutil.which("kubectl") and subprocess.run(
        ["kubectl", "kustomize", FOLDER / "daemon"], capture_output=True).returncode == 0
    return bool(said)


pytestmark = pytest.mark.skipif(not can_render(), reason="no kubectl that knows this form of Kustomize")


@cache
def documents(variant):
    return list(yaml.safe_load_all(run("kubectl", "kustomize", FOLDER / variant)))


def of_kind(variant, kind):
    return {entry["metadata"]["name"]: entry for entry in documents(variant) if entry["kind"] == kind}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_document_fits_the_schema(variant):
    for entry in documents(variant):
        kubernetes_validate.validate(entry, "1.30", strict=True)


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_daemon_has_what_it_needs(variant, tmp_path):
    deployments = of_kind(variant, "Deployment")
    assert set(deployments) == {f"carillon-{service}" for service in SERVICES}
    assert set(of_kind(variant, "PodDisruptionBudget")) == set(deployments)
    for service, (offset, _) in SERVICES.items():
        deployment = deployments[f"carillon-{service}"]
        assert deployment["spec"]["replicas"] == VARIANTS[variant]
        pod = deployment["spec"]["template"]["spec"]
        container = pod["containers"][0]
        assert container["image"].endswith(f"/carillon/{service}:1.0.0")
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        assert (ports["bus"], ports["admin"]) == (7100 + offset, 7200 + offset)
        environment = environment_of(variant, container)
        assert unknown(service, environment) == []
        code, said = check(service, with_files(environment, pod, tmp_path))
        assert code == 0, f"{service}: {said}"


def environment_of(variant, container):
    shared = of_kind(variant, "ConfigMap")[container["envFrom"][0]["configMapRef"]["name"]]["data"]
    return shared | {entry["name"]: entry["value"] for entry in container.get("env", [])}


def with_files(environment, pod, folder):
    """The environment with the secrets that the pod mounts, as files of this machine."""
    items = {item["path"] for item in pod["volumes"][0]["secret"]["items"]}
    given = {}
    for name, value in environment.items():
        if value.startswith(MOUNT):
            assert value.removeprefix(MOUNT) in items, name
            path = folder / value.removeprefix(MOUNT)
            path.write_text("secret:0123456789abcdef\n")
            path.chmod(0o600)
            value = str(path)
        given[name] = value
    return given


@pytest.mark.parametrize("variant", VARIANTS)
def test_pods_are_closed(variant):
    for deployment in of_kind(variant, "Deployment").values():
        pod = deployment["spec"]["template"]["spec"]
        container = pod["containers"][0]["securityContext"]
        assert pod["enableServiceLinks"] is False, "or CARILLON_CHAT_PORT becomes a URL"
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] and container["readOnlyRootFilesystem"]
        assert container["capabilities"] == {"drop": ["ALL"]} and container["allowPrivilegeEscalation"] is False
        # What is mounted is what the daemon may know: no other's password.
        items = [item["key"] for item in pod["volumes"][0]["secret"]["items"] if item["key"].startswith("database-")]
        service = deployment["metadata"]["name"].removeprefix("carillon-")
        assert items == ([f"database-{service}"] if service in STORED else [])


def test_nobody_calls_but_along_the_call_graph():
    """The graph as the README draws it is what the policies let through."""
    allowed = set()
    for name, policy in of_kind("base", "NetworkPolicy").items():
        if name.startswith("call-"):
            callers = policy["spec"]["ingress"][0]["from"][0]["podSelector"]["matchExpressions"][0]["values"]
            allowed |= {(caller, name.removeprefix("call-")) for caller in callers}
    assert allowed == call_graph()


def test_services_stand_at_their_ports():
    services = of_kind("base", "Service")
    for service, (offset, schema) in SERVICES.items():
        ports = [port["port"] for port in services[f"carillon-{service}"]["spec"]["ports"]]
        assert ports == ([7100 + offset] if schema else [80, 2004])
