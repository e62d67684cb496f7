"""What the tests of the deployment's files share: where things are, and the daemons' own words about themselves."""

import os
import re
import signal
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(os.environ.get("CARILLON_TEST_SHIPPED", ROOT / ".build/shipped"))


def pytest_configure(config):
    """A run that is told to stop puts everything away, as one that is interrupted does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def services():
    """The daemons of services.txt: name -> (port offset, schema or None)."""
    rows = [line.split() for line in (ROOT / "infra/dev/services.txt").read_text().splitlines()]
    rows = [row for row in rows if row and row[0] != "#"]
    return {name: (int(offset), None if schema == "-" else schema) for name, offset, schema in rows}


SERVICES = services()
STORED = [name for name, (_, schema) in SERVICES.items() if schema]


def run(*command, **more):
    """Runs to the end and gives the standard output; a failure shows what was said."""
    words = [str(word) for word in command]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)
    assert done.returncode == 0, f"{' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def call_graph():
    """Who calls whom, (caller, called), as the README draws it."""
    lines = [line for line in (ROOT / "README.md").read_text().splitlines() if " -> " in line and line.startswith("    ")]
    drawn = set()
    for part in (part for line in lines for part in line.split("      ") if part.strip()):
        stops = [[name.strip() for name in stop.split(",")] for stop in part.split("->")]
        drawn |= {(a, b) for left, right in zip(stops, stops[1:]) for a in left for b in right}
    return drawn


@cache
def settings(service):
    """The names of the settings that a daemon reads, by its own --help."""
    text = run(PROGRAMS / f"carillon-{service}", "--help")
    return set(re.findall(r"^  ([A-Z][A-Z0-9_]+)(?= |$)", text, re.MULTILINE))


def unknown(service, names):
    """Those of the names that look like a setting and that the daemon does not read."""
    return sorted(name for name in names if name.startswith("CARILLON_") and name not in settings(service))


def check(service, environment):
    """What the daemon's --check says of an environment: the exit code and the text."""
    done = subprocess.run(
        [PROGRAMS / f"carillon-{service}", "--check"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )
    return done.returncode, done.stdout
