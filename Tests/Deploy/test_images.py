"""The images, built for real, and each daemon started from its own root file system."""

import json
import os
import urllib.request

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from cluster import Cluster, free_ports
from conftest import ROOT, SERVICES, STORED, run
from containers import Container, Store, kill, until
from daemons import make_secrets
from test_monitoring import metrics_asked_for, metrics_shown

STATE = os.environ.get("CARILLON_TEST_STATE", str(ROOT / ".carillon-test"))
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def store():
    folder = f"{STATE}/containers"
    store = Store(folder)
    print(store.build())
    yield store
    store.buildah("umount", "--all")
    store.buildah("rm", "--all")
    run("rm", "-rf", folder)


@pytest.fixture(scope="module")
def roots(store):
    return {service: store.mount(store.images()[service]["reference"]) for service in SERVICES}


@pytest.fixture(scope="module")
def configurations(store):
    return {service: store.configuration(store.images()[service]["reference"]) for service in SERVICES}


@pytest.fixture(scope="module")
def secrets(tmp_path_factory):
    """Made by compose's script, and lent as Kubernetes lends them: root's, the group may read."""
    folder = make_secrets(tmp_path_factory.mktemp("tree"))
    for path in [folder, *folder.iterdir()]:
        os.chown(path, 0, 65532)
        path.chmod(0o750 if path.is_dir() else 0o440)
    return folder


def test_all_images_together_are_small(store):
    sizes = {name: store.size(image["reference"]) for name, image in store.images().items()}
    base = sizes.pop("base")
    assert set(sizes) == set(SERVICES)
    total = base + sum(size - base for size in sizes.values())
    assert total < 250 * MEGABYTE, sizes


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_says_what_it_is_and_how_it_is_run(service, configurations):
    it = configurations[service]
    assert it["User"] == "65532:65532"
    assert it["Entrypoint"] == ["/usr/bin/carillon"]
    assert it["Healthcheck"]["Test"] == ["CMD", "/usr/bin/carillon", "--probe"]
    assert it["Labels"]["org.opencontainers.image.title"] == f"carillon-{service}"
    assert "GLIBC_TUNABLES=glibc.malloc.tcache_count=512" in it["Env"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_root_holds_every_library_and_no_shell(service, roots):
    root = roots[service]
    found = run("chroot", root, "/lib64/ld-linux-x86-64.so.2", "--list", "/usr/bin/carillon")
    assert "libc.so.6 => /" in found and "not found" not in found
    assert [str(path) for name in ("bin/*", "usr/bin/*", "sbin/*", "usr/sbin/*") for path in root.glob(name)] == [
        str(root / "usr/bin/carillon")
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_the_list_of_parts_is_a_valid_one(service, roots):
    text = (roots[service] / "usr/share/carillon/sbom.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_5).validate_str(text) is None
    parts = {part["name"] for part in json.loads(text)["components"]}
    assert {"libc6", "libpq5", "libssl3", "Swift standard library"} <= parts


@pytest.mark.parametrize("service", SERVICES)
def test_a_daemon_starts_and_knows_its_settings(service, roots, configurations, secrets):
    code, said = Container(roots[service], configurations[service], secrets, {}, ["--version"]).end()
    assert (code, said) == (0, "1.0.0\n")
    code, said = Container(
        roots[service], configurations[service], secrets, {"CARILLON_BUS_BIND": "0.0.0.0"}, ["--check"]
    ).end()
    assert code == 100 and "CARILLON_BUS_KEY_FILE" in said


@pytest.fixture(scope="module")
def database(secrets):
    cluster = Cluster(f"{STATE}/clusters/deploy", secrets)
    yield cluster
    cluster.stop()


@pytest.fixture
def suite(roots, configurations, secrets, database, tmp_path):
    """All daemons, each in its root: service -> (container, its environment)."""
    ports = free_ports(20)
    environment = {
        "CARILLON_BUS_PORT": str(ports), "CARILLON_ADMIN_PORT": str(ports + 7),
        "CARILLON_HTTP_PORT": str(ports + 14), "CARILLON_CHAT_PORT": str(ports + 15),
        "CARILLON_BUS_KEY_FILE": "/run/secrets/bus.key",
        "CARILLON_DATABASE_URL": database.url,
    }
    running = {}
    for service in SERVICES:
        own = environment | ({"CARILLON_DATABASE_PASSWORD_FILE": f"/run/secrets/database-{service}"}
                             if service in STORED else {})
        log = tmp_path / f"{service}.log"
        running[service] = (Container(roots[service], configurations[service], secrets, own, log=log), own)
    yield running
    for container, _ in running.values():
        kill(container.process)


def test_the_suite_runs_from_its_images(suite, roots, configurations, secrets, database):
    def probe(service):
        arguments = configurations[service]["Healthcheck"]["Test"][2:]
        code, said = Container(roots[service], configurations[service], secrets, suite[service][1], arguments).end()
        return code == 0, f"{service}: {said}{suite[service][0].log.read_text()[-2000:]}"

    for service in SERVICES:
        until("every health check passes", lambda: probe(service))
    assert {suite[service][0].account for service in SERVICES} == {65532}
    base = f"http://127.0.0.1:{suite['gateway'][1]['CARILLON_HTTP_PORT']}"
    person = {"login": "ann", "password": "correct horse", "username": "Ann"}
    assert send(f"{base}/register", person) == {"ok": True}
    token = send(f"{base}/login", {"login": "ann", "password": "correct horse"})["data"]["token"]
    course = "0b9d3e4e-6c1f-4f0e-9a51-6f3d2f6a1c01"
    session = {"sessionId": "4f7a2c66-0d7d-4d2f-8a0b-2f1c9f6f5e02", "totalModulesStudied": 5, "averageScore": 80,
               "timeStudied": 120000}
    assert send(f"{base}/courses/{course}", session, token) == {"message": "OK"}
    assert send(f"{base}/courses/{course}", None, token)["totalModulesStudied"] == 5
    assert {schema: database.owner_of(schema) for schema in STORED} == {
        schema: f"carillon_{schema}" for schema in STORED
    }
    check_metrics(suite)
    for service in reversed(SERVICES):
        assert suite[service][0].stop() == 0, suite[service][0].log.read_text()[-2000:]
    assert not probe("gateway")[0]


def check_metrics(suite):
    """What the alerts and the dashboard ask for is there, in some daemon."""
    shown = set()
    for service, (offset, _) in SERVICES.items():
        port = int(suite[service][1]["CARILLON_ADMIN_PORT"]) + offset
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as reply:
            shown |= metrics_shown(reply.read().decode())
    assert metrics_asked_for() - shown == set()


def send(url, body, token=None):
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=10) as reply:
        return json.load(reply)
