"""The shipped daemons as plain processes, before a cluster that asks for passwords."""

import json
import os
import subprocess
import urllib.error
import urllib.request

from cluster import free_ports
from conftest import PROGRAMS, ROOT, STORED, run
from containers import until


def make_secrets(folder):
    """What compose/secrets.sh makes, in a folder of the test's."""
    run("mkdir", "-p", folder / "infra/dev")
    run("cp", "-r", ROOT / "compose", folder)
    run("cp", ROOT / "infra/dev/services.txt", folder / "infra/dev")
    run("rm", "-rf", folder / "compose/secrets")
    run(folder / "compose/secrets.sh")
    return folder / "compose/secrets"


def settings_at(ports, url):
    """A suite's settings on twenty ports of its own: the buses, the admin ports, HTTP and chat."""
    return {
        "CARILLON_DATABASE_URL": url, "CARILLON_BUS_PORT": str(ports), "CARILLON_ADMIN_PORT": str(ports + 7),
        "CARILLON_HTTP_PORT": str(ports + 14), "CARILLON_CHAT_PORT": str(ports + 15), "CARILLON_RATE_LIMITS": "off",
        "CARILLON_PASSWORD_MEMORY": "8", "CARILLON_PASSWORD_PASSES": "1",
    }


class Client:
    def __init__(self, ports):
        self.base = f"http://127.0.0.1:{ports + 14}"

    def send(self, path, body=None, token=None):
        """The answer's JSON, of a POST with a body, else of a GET; an error's status raises."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.base + path, data, headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.code} {error.read()[:300]!r}") from None


    def health(self, *services):
        """Whether the gateway says that these can work, and what it says."""
        try:
            return True, self.send(f"/healthz?service={','.join(services)}")
        except (AssertionError, OSError) as error:
            return False, error


class Daemons(Client):
    def __init__(self, services, url, secrets, log):
        self.services, self.secrets, self.log = services, secrets, log
        ports = free_ports(20)
        super().__init__(ports)
        self.environment = settings_at(ports, url) | {
            "PATH": os.environ["PATH"], "CARILLON_BUS_KEY_FILE": str(secrets / "bus.key"),
        }
        self.running = {}
        try:
            self.start()
        except BaseException:
            self.stop()
            raise

    def environment_of(self, service):
        own = {"CARILLON_DATABASE_PASSWORD_FILE": str(self.secrets / f"database-{service}")}
        return self.environment | (own if service in STORED else {})

    def start(self):
        for service in self.services:
            self.running[service] = subprocess.Popen(
                [PROGRAMS / f"carillon-{service}"], env=self.environment_of(service), stdin=subprocess.DEVNULL,
                stdout=(self.log / f"{service}.log").open("a"), stderr=subprocess.STDOUT)
        for service in self.services:
            until(f"{service} is ready", lambda: self.probe(service))
        # Which does not say that the gateway has found them.
        if "gateway" in self.services:
            until("the gateway has found all", lambda: self.health(*self.services))

    def probe(self, service):
        asked = subprocess.run([PROGRAMS / f"carillon-{service}", "--probe"], env=self.environment_of(service),
                               capture_output=True, text=True)
        return asked.returncode == 0, f"{asked.stderr}{(self.log / f'{service}.log').read_text()[-1500:]}"

    def stop(self):
        for process in self.running.values():
            process.terminate()
        return [process.wait(30) for process in self.running.values()]
