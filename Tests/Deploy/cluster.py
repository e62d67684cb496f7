"""A PostgreSQL server that asks passwords over TCP, as the one of an operator does."""

import os
import socket
from pathlib import Path

from conftest import ROOT, STORED, run

POSTGRES = ROOT / "infra/dev/postgres.sh"


def free_ports(count):
    """The first of so many free ports in a row."""
    for first in range(20000, 30000, count):
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    raise AssertionError("no free ports")


class Cluster:
    def __init__(self, state, secrets=None):
        """Starts it, with the roles and passwords of a folder of secrets (compose/secrets.sh made it), else with none."""
        self.port = free_ports(1)
        self.environment = os.environ | {
            "CARILLON_STATE": str(state), "CARILLON_POSTGRES_PORT": str(self.port), "CARILLON_POSTGRES_FSYNC": "off",
        }
        # What a run that was killed has left.
        self.stop()
        self.script("start")
        try:
            self.prepare(Path(state), secrets)
        except BaseException:
            self.stop()
            raise

    def prepare(self, state, secrets):
        self.admin = self.script("url", "carillon_admin", "postgres")
        run("psql", "-X", "-q", "-c", "ALTER SYSTEM SET listen_addresses = '127.0.0.1'", self.admin)
        with open(state / "postgres/pg_hba.conf", "a") as rules:
            rules.write("host all all 127.0.0.1/32 scram-sha-256\n")
        self.script("restart")
        if secrets:
            run(ROOT / "compose/roles.sh", self.admin, secrets, ROOT / "infra")

    def script(self, *words):
        return run(POSTGRES, *words, env=self.environment).strip()

    @property
    def database(self):
        """As the administrator, in the suite's database."""
        return self.admin.replace("/postgres?", "/carillon?")

    def ask(self, question):
        return run("psql", "-X", "-A", "-t", "-c", question, self.database).strip()

    @property
    def url(self):
        return f"postgresql://127.0.0.1:{self.port}/carillon?user=carillon_{{service}}"

    def owner_of(self, schema):
        return self.ask(f"SELECT nspowner::regrole FROM pg_namespace WHERE nspname = '{schema}'")

    def stop(self):
        self.script("stop", "immediate")
        run("rm", "-rf", self.environment["CARILLON_STATE"])
