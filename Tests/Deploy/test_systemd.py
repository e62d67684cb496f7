"""infra/systemd: the units mean what they say, leave the daemons little, and name only what exists."""

import re
import subprocess
import urllib.request

import pytest

from cluster import free_ports
from conftest import PROGRAMS, ROOT, SERVICES, STORED, run, settings, unknown
from containers import until

UNITS = ROOT / "infra/systemd"
TEMPLATE = (UNITS / "carillon@.service").read_text()

SOCKETS = {"http": UNITS / "carillon-http.socket", "chat": UNITS / "carillon-chat.socket"}

# The most that systemd's own judgement of the hardening may come to, of 10.
EXPOSURE = 1.5


def directives(name):
    return re.findall(rf"^{name}=(.*)$", TEMPLATE, re.MULTILINE)


@pytest.fixture(params=["auth", "gateway"])
def instance(tmp_path, request):
    """The unit of one daemon as a file, with the program where it is in this tree."""
    path = tmp_path / f"carillon@{request.param}.service"
    path.write_text(TEMPLATE.replace("/usr/bin/carillon-%i", str(PROGRAMS / "carillon-%i")))
    return path


def test_systemd_understands_the_units(instance):
    units = [instance, UNITS / "carillon.target"]
    if "gateway" in instance.name:
        units += SOCKETS.values()
    run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *units)


def test_a_daemon_is_left_little_of_the_machine(instance):
    threshold = str(round(EXPOSURE * 10))
    print(run("systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={threshold}", instance))


def test_the_target_and_the_accounts_name_every_daemon():
    wanted = re.findall(r"carillon@(\w+)\.service", (UNITS / "carillon.target").read_text())
    assert wanted == list(SERVICES)
    assert re.findall(r"^u carillon-(\w+)", (UNITS / "sysusers.conf").read_text(), re.MULTILINE) == list(SERVICES)


def test_a_socket_is_the_gateways_and_has_its_usual_port():
    for (name, path), setting in zip(SOCKETS.items(), ["HTTP", "CHAT"]):
        unit = dict(re.findall(r"^(\w+)=(.*)$", path.read_text(), re.MULTILINE))
        assert unit["FileDescriptorName"] == name
        assert unit["Service"] == "carillon@gateway.service"
        port = re.search(rf'"CARILLON_{setting}_PORT",\s+default: (\d+)',
                         (ROOT / "Services/Gateway/Core/GatewayConfiguration.swift").read_text())[1]
        assert unit["ListenStream"] == f"127.0.0.1:{port}"


def test_the_gateway_takes_the_sockets_that_systemd_hands_over():
    ports = free_ports(16)
    given = {"CARILLON_BUS_PORT": ports + 2, "CARILLON_ADMIN_PORT": ports + 9}
    daemon = subprocess.Popen(
        ["systemd-socket-activate", "--fdname=chat:http", f"--listen=127.0.0.1:{ports}", f"--listen=127.0.0.1:{ports + 1}",
         *(f"--setenv={name}={value}" for name, value in given.items()), PROGRAMS / "carillon-gateway"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )

    def answered():
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{ports + 1}/openapi.json", timeout=10) as reply:
                return reply.status == 200, reply.status
        except OSError as error:
            return False, error

    try:
        until("the gateway answers", answered)
    finally:
        daemon.terminate()
        said = daemon.communicate(timeout=20)[0]
        print(said)
    assert daemon.returncode == 0
    assert f'"port":{ports}' in said and f'"port":{ports + 1}' in said


def test_every_setting_is_one_that_the_daemons_read():
    given = {line.split("=")[0] for line in directives("Environment")}
    given |= set(re.findall(r"^(CARILLON_\w+)=", (UNITS / "carillon.env").read_text(), re.MULTILINE))
    known = set().union(*(settings(service) for service in SERVICES))
    assert {name for name in given if name.startswith("CARILLON_")} <= known
    password = re.findall(r"Environment=(\w+)=", (UNITS / "password.conf").read_text())
    for service in STORED:
        assert unknown(service, password) == []


def test_wrong_settings_end_the_restarts():
    status = re.search(r"case configuration = (\d+)", (ROOT / "Shared/Daemon/ExitStatus.swift").read_text())
    assert directives("RestartPreventExitStatus") == [status[1]]


def test_a_daemon_has_the_time_to_drain():
    defaults = re.search(r'"CARILLON_DRAIN_SECONDS",\s+default: .seconds\((\d+)\)',
                         (ROOT / "Shared/Daemon/DaemonSettings.swift").read_text())
    assert int(directives("TimeoutStopSec")[0]) > int(defaults[1])
