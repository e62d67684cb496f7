"""The images, built for real, and each daemon started from its own root file system."""

import json
import os
import re
import sys
import urllib.request
from datetime import datetime, timedelta, timezone

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from cluster import Cluster, free_ports
from conftest import ROOT, SERVICES, STORED, call_graph, run
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
    assert total < 120 * MEGABYTE, sizes


# Rules of every kind, followed by libical: each as the moments of sixty times from each start.
SERIES = """
import ctypes, itertools
library = ctypes.CDLL("libical.so.3")
library.icalerror_set_errors_are_fatal(0)
expand = library.icalrecur_expand_recurrence
expand.argtypes = [ctypes.c_char_p, ctypes.c_long, ctypes.c_int, ctypes.POINTER(ctypes.c_long)]
parts = {
    "DAILY": ["", ";BYMONTH=2,5", ";BYDAY=MO,FR"],
    "WEEKLY": ["", ";BYDAY=MO,FR", ";BYDAY=SU;WKST=SU", ";BYDAY=SU,TU;WKST=WE"],
    "MONTHLY": ["", ";BYDAY=-1FR", ";BYDAY=2TU", ";BYMONTHDAY=1,-1,31", ";BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"],
    "YEARLY": ["", ";BYMONTH=3;BYDAY=-1SU", ";BYYEARDAY=1,-1,100", ";BYWEEKNO=20,53;BYDAY=MO", ";BYMONTH=2;BYMONTHDAY=29"],
}
for frequency, interval, start in itertools.product(parts, (1, 2, 3), (951782400, 1700000000, 1767139200)):
    for part in parts[frequency]:
        times = (ctypes.c_long * 60)()
        rule = f"FREQ={frequency};INTERVAL={interval}{part}"
        print(rule, start, expand(rule.encode(), start, 60, times), *times)
print(*[line.split()[-1] for line in open("/proc/self/maps") if "icudata" in line][:1])
"""


def test_series_come_out_as_with_all_of_icus_data(roots, tmp_path):
    """The base has little of it: what libical's calendar asks for."""
    data, = (roots["calendar"] / "usr/lib").glob("*/libicudata.so.*.*")
    (tmp_path / re.sub(r"(so\.\d+).*", r"\1", data.name)).write_bytes(data.read_bytes())

    def followed(**more):
        return run(sys.executable, "-c", SERIES, env=os.environ | more).splitlines()

    here, there = followed(), followed(LD_LIBRARY_PATH=str(tmp_path))
    assert there[:-1] == here[:-1] and len(here) > 100
    assert sum(" 0" not in line for line in here) > 100
    assert there[-1].startswith(str(tmp_path)) and here[-1] != there[-1]


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
    session = send(f"{base}/login", {"login": "ann", "password": "correct horse"})["data"]
    token = session["token"]
    check_series(base, session)
    course = "0b9d3e4e-6c1f-4f0e-9a51-6f3d2f6a1c01"
    session = {"sessionId": "4f7a2c66-0d7d-4d2f-8a0b-2f1c9f6f5e02", "totalModulesStudied": 5, "averageScore": 80,
               "timeStudied": 120000}
    assert send(f"{base}/courses/{course}", session, token) == {"message": "OK"}
    assert send(f"{base}/courses/{course}", None, token)["totalModulesStudied"] == 5
    assert {schema: database.owner_of(schema) for schema in STORED} == {
        schema: f"carillon_{schema}" for schema in STORED
    }
    check_metrics(suite)
    check_calls(suite)
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


def check_calls(suite):
    """Who speaks to whom is what the README draws, by the daemons' own words, and what the policies of Kubernetes let through."""
    made = {(service, name) for service, (container, _) in suite.items()
            for name in re.findall(r'"event":"bus.connected","to":"(\w+)"', container.log.read_text())}
    assert made == call_graph()


def check_series(base, session):
    """A calendar file's series, followed by libical and the zones of the image."""
    first = (datetime.now(timezone.utc) + timedelta(days=2)).replace(hour=17, minute=0, second=0, microsecond=0)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:weekly", f"DTSTAMP:{first:%Y%m%dT%H%M%SZ}",
             f"DTSTART;TZID=Asia/Tokyo:{first + timedelta(hours=9):%Y%m%dT%H%M%S}", "DURATION:PT1H",
             "RRULE:FREQ=WEEKLY;COUNT=3", "END:VEVENT", "END:VCALENDAR", ""]
    there = f"{base}/user/{session['uuid']}"
    bearer = {"Authorization": f"Bearer {session['token']}"}
    file = urllib.request.Request(f"{there}/calendar", "\r\n".join(lines).encode(), bearer | {"Content-Type": "text/calendar"})
    with urllib.request.urlopen(file, timeout=10) as reply:
        assert json.load(reply)["imported"] == 1
    begin = int(first.timestamp()) - 3600
    asked = urllib.request.Request(f"{there}/freebusy?from={begin}&to={begin + 30 * 86400}", headers=bearer)
    with urllib.request.urlopen(asked, timeout=10) as reply:
        busy = re.findall(r"FREEBUSY:(\w+)/", reply.read().decode())
    assert busy == [f"{first + timedelta(weeks=week):%Y%m%dT%H%M%SZ}" for week in range(3)]


def send(url, body, token=None):
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=10) as reply:
        return json.load(reply)
