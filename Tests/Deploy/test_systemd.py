"""infra/systemd: the units mean what they say, leave the daemons little, and name only what exists."""

import re

import pytest

from conftest import PROGRAMS, ROOT, SERVICES, STORED, run, settings, unknown

UNITS = ROOT / "infra/systemd"
TEMPLATE = (UNITS / "carillon@.service").read_text()

# The most that systemd's own judgement of the hardening may come to, of 10.
EXPOSURE = 1.5


def directives(name):
    return re.findall(rf"^{name}=(.*)$", TEMPLATE, re.MULTILINE)


@pytest.fixture
def instance(tmp_path):
    """The unit of one daemon as a file, with the program where it is in this tree."""
    path = tmp_path / "carillon@auth.service"
    path.write_text(TEMPLATE.replace("/usr/bin/carillon-%i", str(PROGRAMS / "carillon-%i")))
    return path


def test_systemd_understands_the_units(instance):
    run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", instance, UNITS / "carillon.target")


def test_a_daemon_is_left_little_of_the_machine(instance):
    threshold = str(round(EXPOSURE * 10))
    print(run("systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={threshold}", instance))


def test_the_target_and_the_accounts_name_every_daemon():
    wanted = re.findall(r"carillon@(\w+)\.service", (UNITS / "carillon.target").read_text())
    assert wanted == list(SERVICES)
    assert re.findall(r"^u carillon-(\w+)", (UNITS / "sysusers.conf").read_text(), re.MULTILINE) == list(SERVICES)


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
