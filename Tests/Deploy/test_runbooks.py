"""The commands of the runbooks and of the README, taken from their pages and run on a suite that is in use."""

import hashlib
import hmac
import json
import os
import socket
import subprocess
import uuid

import pytest

from cluster import Cluster, free_ports
from conftest import ROOT, SERVICES, STORED
from containers import until
from daemons import Client, make_secrets, settings_at
from host import Host, blocks
from people import Writer, logged_in, said_in, signed_in

STATE = os.environ.get("CARILLON_TEST_STATE", str(ROOT / ".carillon-test"))
SECRETS = "/etc/carillon/secrets"


class Suite(Client):
    """All daemons on a host, started as the package's user starts them."""

    def __init__(self, folder):
        secrets = make_secrets(folder)
        self.cluster = Cluster(f"{STATE}/clusters/runbooks", secrets)
        try:
            self.ports = free_ports(20)
            super().__init__(self.ports)
            self.host = Host(folder)
            settings = settings_at(self.ports, self.cluster.url)
            self.host.write("/etc/carillon/carillon.env", "\n".join(f"{name}={value}" for name, value in settings.items()), 0o644)
            for name in ["bus.key", *(f"database-{service}" for service in STORED)]:
                self.host.write(f"{SECRETS}/{name}", (secrets / name).read_text())
            for service in STORED:
                self.host.sh(f"install -D /usr/share/carillon/password.conf /etc/systemd/system/carillon@{service}.service.d/p.conf")
            self.host.sh("systemctl start " + " ".join(f"carillon@{service}" for service in reversed(SERVICES)))
        except BaseException:
            self.stop()
            raise

    def stop(self):
        if hasattr(self, "host"):
            self.host.close()
        self.cluster.stop()

    def accepts(self, key):
        """Whether auth's bus takes the key: its word after a proof is a pong, or none."""
        with socket.create_connection(("127.0.0.1", self.ports + SERVICES["auth"][0]), 10) as bus, bus.makefile("rwb") as lines:
            challenge = json.loads(lines.readline())["challenge"]
            proof = hmac.new(key.encode(), challenge.encode(), hashlib.sha256).hexdigest()
            lines.write(f'{{"proof":"{proof}"}}\n{{"ping":1}}\n'.encode())
            lines.flush()
            try:
                return b"pong" in lines.readline()
            except ConnectionError:
                return False


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    suite = Suite(tmp_path_factory.mktemp("suite"))
    signed_in(suite, "ben")
    yield suite
    suite.stop()


@pytest.fixture
def token(suite):
    return logged_in(suite, "ben")


@pytest.fixture
def writer(suite, token):
    """Somebody who writes all the time, and whose writes are all found in the end."""
    writer = Writer(suite, token, is_patient=True)
    writer.start()
    yield writer
    writer.stop()
    writer.check()


def test_the_first_steps_of_the_readme_answer_what_it_says(suite):
    steps, = blocks("README.md")
    steps = steps.replace("http://127.0.0.1:8080", suite.base).replace("curl ", "curl -s ").replace("curl -s -s ", "curl -s ")
    said = suite.host.sh(steps).replace("}{", "}\n{").splitlines()
    assert said == [line.removeprefix("# ") for line in steps.splitlines() if line.startswith("# ")]


def test_settings_are_checked_as_the_units_hand_them_over(suite):
    said = suite.host.sh("/usr/share/carillon/check.sh")
    assert said == "".join(f"{service}: the settings are in order\n" for service in SERVICES)
    suite.host.sh("echo CARILLON_DRAIN_SECONDS=soon >/etc/carillon/chat.env")
    said = suite.host.sh("! /usr/share/carillon/check.sh chat stats; rm /etc/carillon/chat.env")
    assert "chat: CARILLON_DRAIN_SECONDS: 'soon' is not a time" in said and "stats: the settings are in order\n" in said


def refusals(suite):
    return {service: suite.host.log(service).count("bus.peer_refused") for service in SERVICES}


def test_the_bus_key_is_changed_while_both_are_accepted(suite, token, writer):
    prepare, learn, show, forget = blocks("infra/runbooks/keys.md", "bus")
    suite.host.sh(prepare)
    old, new = (suite.host.sh(f"cat {SECRETS}/bus.key.{which}").strip() for which in ("old", "new"))
    assert suite.accepts(old) and not suite.accepts(new)
    until("auth tells of it", lambda: (refusals(suite)["auth"] == 1, refusals(suite)))
    for step in (learn, show):
        suite.host.sh(step)
        assert suite.accepts(old) and suite.accepts(new)
    suite.host.sh(forget)
    writer.wait_for(20)
    assert refusals(suite) == {service: int(service == "auth") for service in SERVICES}
    assert suite.accepts(new) and not suite.accepts(old)
    assert suite.host.sh(f"ls {SECRETS}") == "".join(f"{name}\n" for name in ["bus.key", *(f"database-{it}" for it in sorted(STORED))])


def test_a_database_password_is_changed(suite, writer):
    def enters(password):
        url = suite.cluster.url.replace("{service}", "stats")
        return subprocess.run(["psql", "-X", "-w", "-c", "SELECT 1", url], env=os.environ | {"PGPASSWORD": password},
                              capture_output=True).returncode == 0

    old = suite.host.sh(f"cat {SECRETS}/database-stats").strip()
    suite.host.sh(f"service=stats admin='{suite.cluster.admin}'")
    for block in blocks("infra/runbooks/keys.md", "password"):
        suite.host.sh(block)
    new = suite.host.sh(f"cat {SECRETS}/database-stats").strip()
    assert enters(new) and not enters(old)
    writer.wait_for(20)


def test_all_sessions_end(suite, token):
    suite.host.sh(f"auth='{suite.cluster.database}'")
    for block in blocks("infra/runbooks/keys.md", "sessions"):
        suite.host.sh(block)
    with pytest.raises(AssertionError, match="401"):
        suite.send("/create-room", {}, token)
    assert suite.send("/create-room", {}, logged_in(suite, "ben"))


@pytest.fixture
def other(suite):
    """A server that has never heard of Carillon; it takes with it whoever has moved there."""
    other = Cluster(f"{STATE}/clusters/runbooks-own")
    yield other
    suite.host.sh("systemctl stop carillon@chat carillon@stats")
    other.stop()


def test_services_move_to_a_postgresql_of_their_own(suite, token, other, writer):
    """Chat, whose ids are a sequence's and whose clients come back with them, then stats, which is written to all the time."""
    room = open_room(suite, token)

    def say(text):
        return suite.send("/send-message", {"room_gid": room, "msg": text}, token)["data"]["msgId"]

    said = {say(f"before {count}"): f"before {count}" for count in range(20)}
    move(suite, token, other, "chat", open_room, study)
    assert said_in(suite, room, token) == said
    assert say("again") > max(said)
    move(suite, token, other, "stats", study, open_room)
    writer.wait_for(20)
    here = [suite.cluster.ask(f"SELECT to_regnamespace('{name}')") for name in ("chat", "stats", "auth")]
    assert here == ["", "", "auth"]
    assert [other.owner_of(name) for name in ("chat", "stats")] == ["carillon_chat", "carillon_stats"]


def open_room(suite, token):
    return suite.send("/create-room", {}, token)["data"]["room_gid"]


def study(suite, token):
    body = {"sessionId": str(uuid.uuid4()), "totalModulesStudied": 1, "averageScore": 50, "timeStudied": 1000}
    assert suite.send(f"/courses/{uuid.uuid4()}", body, token)


def move(suite, token, new, service, ask, ask_elsewhere):
    """Follows own-database.md; meanwhile the service refuses, and the others go on."""
    suite.host.sh(f"service={service} old='{suite.cluster.database}' new='{new.database}' new_server='{new.admin}'")
    suite.host.sh(f"there='{new.url.replace('{service}', service)}'")
    place, rehearsal, stop, copy, point, drop = blocks("infra/runbooks/own-database.md")
    for block in (place, rehearsal, stop):
        suite.host.sh(block)
    with pytest.raises(AssertionError, match=": 503 "):
        ask(suite, token)
    ask_elsewhere(suite, token)
    assert suite.host.sh(copy).endswith("the same rows\n")
    assert suite.host.sh(point) == f"{service}: the settings are in order\n"
    until(f"{service} is found again", lambda: suite.health(service))
    ask(suite, token)
    suite.host.sh(drop)
    ask(suite, token)
