"""The Debian package: installed, used and removed in a fresh Debian 12 root."""

import os
import subprocess

import pytest

from cluster import Cluster, free_ports
from conftest import ROOT, SERVICES, STORED, run
from containers import kill, until
from daemons import make_secrets

STATE = os.environ.get("CARILLON_TEST_STATE", str(ROOT / ".carillon-test"))

# A mount space of its own, which ends with the program: the root as it is, and the kernel's file systems.
ENTER = """
root=$1
shift
mount --bind "$root" "$root"
cd "$root"
mount -t proc proc proc
mount --rbind /dev dev
exec chroot "$root" "$@"
"""


class Machine:
    """A Debian root without a running systemd, as a container of an operator has it."""

    def __init__(self, root):
        self.root = root
        names = run("dpkg-deb", "--field", package(), "Depends")
        names = [name.split("|")[-1].split()[0] for name in names.split(",")]
        run("mmdebstrap", "--quiet", "--variant=apt", f"--include={','.join(names)}",
            "--aptopt=APT::Install-Recommends \"false\"", "--aptopt=Acquire::Retries \"3\"",
            "--dpkgopt=path-exclude=/usr/share/doc/*", "bookworm", root)

    def command(self, *words):
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private", "sh", "-euc", ENTER,
                "enter", self.root, *words]

    def run(self, *words, **more):
        return run(*self.command(*words), **more)

    def state_of_package(self):
        return self.run("dpkg-query", "--show", "--showformat", "${db:Status-Status}", "carillon")


_package = []


def package():
    if not _package:
        _package.append(ROOT / run(ROOT / "infra/debian/build.sh").strip())
    return _package[0]


@pytest.fixture(scope="module")
def machine():
    root = f"{STATE}/debian"
    run("rm", "-rf", root)
    yield Machine(root)
    run("rm", "-rf", root)


def test_the_package_installs_runs_and_goes_again(machine, tmp_path):
    run("cp", package(), f"{machine.root}/tmp/carillon.deb")
    machine.run("apt-get", "install", "-y", "-q", "--no-install-recommends", "/tmp/carillon.deb",
                env={"DEBIAN_FRONTEND": "noninteractive", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
    assert machine.state_of_package() == "installed"
    assert machine.run("stat", "-c", "%a", "/etc/carillon/secrets/bus.key").strip() == "600"
    for service in SERVICES:
        assert machine.run(*account(service), f"/usr/bin/carillon-{service}", "--version") == "1.0.0\n"
    run_by_hand(machine, tmp_path)
    machine.run("dpkg", "--remove", "carillon")
    assert machine.state_of_package() == "config-files"
    assert not list_of(machine, "/usr/bin") and list_of(machine, "/etc")
    machine.run("dpkg", "--purge", "carillon")
    assert not [path for folder in ("/usr", "/etc", "/lib", "/var/lib/dpkg/info") for path in list_of(machine, folder)]


def list_of(machine, folder):
    return machine.run("find", folder, "-xdev", "-name", "*carillon*").split()


def account(service):
    name = f"carillon-{service}"
    return ["setpriv", f"--reuid={name}", f"--regid={name}", "--clear-groups", "--no-new-privs"]


def run_by_hand(machine, tmp_path):
    """As the units would start them, here without systemd: a daemon with a database, and the one without."""
    secrets = make_secrets(tmp_path)
    database = Cluster(f"{STATE}/clusters/debian", secrets)
    try:
        ports = free_ports(20)
        environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "CARILLON_DATABASE_URL": database.url,
            "CARILLON_BUS_PORT": str(ports), "CARILLON_ADMIN_PORT": str(ports + 7),
            "CARILLON_HTTP_PORT": str(ports + 14), "CARILLON_CHAT_PORT": str(ports + 15),
            "CARILLON_BUS_KEY_FILE": "/run/bus.key", "CARILLON_DATABASE_PASSWORD_FILE": "/run/database",
        }
        for service in ("stats", "gateway"):
            lend(machine, service, "/etc/carillon/secrets/bus.key", "/run/bus.key")
            if service in STORED:
                run("cp", secrets / f"database-{service}", f"{machine.root}/root/database")
                lend(machine, service, "/root/database", "/run/database")
            start_and_stop(machine, service, environment)
    finally:
        database.stop()


def lend(machine, service, source, target):
    """As a systemd credential: a copy that the account of the daemon may read."""
    machine.run("install", "-m", "0400", "-o", f"carillon-{service}", source, target)


def start_and_stop(machine, service, environment):
    own = environment if service in STORED else {
        name: value for name, value in environment.items() if "DATABASE" not in name
    }
    daemon = subprocess.Popen(
        machine.command(*account(service), f"/usr/bin/carillon-{service}"),
        env=own, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )

    def ready():
        asked = subprocess.run(
            machine.command(*account(service), f"/usr/bin/carillon-{service}", "--probe"),
            env=own, capture_output=True, text=True,
        )
        said = asked.stdout + asked.stderr
        # The gateway alone waits for the others, and says so.
        return asked.returncode == 0 or '"ready":false' in said and "starting" not in said, said

    try:
        until(f"{service} is up", ready)
    finally:
        kill(daemon)
        print(daemon.communicate(timeout=10)[0][-3000:])
