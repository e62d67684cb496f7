"""compose/: its files follow the specification, and say nothing that the daemons do not know."""

import sys
from functools import cache

import pytest
import yaml

from conftest import ROOT, SERVICES, STORED, check, run, unknown
from daemons import make_secrets

COMPOSE = ROOT / "compose"


@cache
def document(name):
    return yaml.safe_load((COMPOSE / name).read_text())


FILES = sorted(path.name for path in COMPOSE.glob("compose*.yaml"))


@pytest.mark.parametrize("name", FILES)
def test_a_file_follows_the_specification(name):
    run(sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE / name)


def test_every_daemon_has_its_service():
    assert set(SERVICES) <= set(document("compose.yaml")["services"])


@pytest.mark.parametrize("name", FILES)
def test_every_setting_is_one_that_its_daemon_reads(name):
    for service, entry in document(name)["services"].items():
        if service in SERVICES:
            assert unknown(service, entry.get("environment", {})) == [], service


@pytest.fixture(scope="module")
def secrets(tmp_path_factory):
    """A copy of the folder in which secrets.sh has run."""
    return make_secrets(tmp_path_factory.mktemp("tree"))


def merged(names):
    """Services and secrets of several files together, as engines merge them: mappings by name, lists one after another."""
    services = {name: {"environment": {}, "secrets": []} for name in SERVICES}
    files = {}
    for name in names:
        files |= document(name).get("secrets", {})
        for service in SERVICES:
            entry = document(name)["services"].get(service, {})
            services[service]["environment"] |= entry.get("environment", {})
            services[service]["secrets"] += entry.get("secrets", [])
    return {"services": services, "secrets": files}


@pytest.mark.parametrize("more", [[], ["compose.test.yaml"], ["compose.nats.yaml"]])
def test_each_daemon_takes_its_environment_and_secrets(secrets, more):
    """What compose gives a daemon passes that daemon's own --check, with the files where compose mounts them."""
    whole = merged(["compose.yaml", *more])
    for service in SERVICES:
        entry = whole["services"][service]
        mounted = {}
        for given in entry["secrets"]:
            source, target = (given["source"], given["target"]) if isinstance(given, dict) else (given, given)
            mounted[f"/run/secrets/{target}"] = secrets / whole["secrets"][source]["file"].removeprefix("secrets/")
        environment = {
            name: str(mounted[value]) if value.startswith("/run/secrets/") else value
            for name, value in entry["environment"].items()
        }
        code, said = check(service, environment)
        assert code == 0, f"{service}: {said}"


def test_secrets_are_made_once(secrets):
    before = {path.name: path.read_text() for path in secrets.iterdir()}
    run(secrets.parent / "secrets.sh")
    assert {path.name: path.read_text() for path in secrets.iterdir()} == before
    assert all(path.stat().st_mode & 0o077 == 0 for path in secrets.iterdir() if path.name != "postgres")


def test_whoever_is_called_starts_before_the_caller():
    """Every service waits until those are healthy that it cannot do without, and nothing waits in a circle."""
    services = document("compose.yaml")["services"]
    done, rest = [], dict(services)
    while rest:
        ready = [name for name, entry in rest.items() if set(entry.get("depends_on", {})) <= set(done)]
        assert ready, f"these wait for each other: {sorted(rest)}"
        done += ready
        rest = {name: entry for name, entry in rest.items() if name not in ready}
    assert set(services["gateway"]["depends_on"]) == set(STORED)


def test_buses_are_called_at_their_ports():
    environment = document("compose.yaml")["services"]["gateway"]["environment"]
    for service in STORED:
        assert environment[f"CARILLON_{service.upper()}_BUS"] == f"{service}:{7100 + SERVICES[service][0]}"
