#!/usr/bin/python3
"""What the runbooks ask of systemctl, for units carillon@NAME: read from the unit's files and drop-ins, run without systemd.

A start returns when the daemon says that it is ready, as with Type=notify. HOST_RUN is the folder for its files."""

import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

RUN = Path(os.environ.get("HOST_RUN", "/nonexistent"))
PATIENCE = 60


def unit(name):
    files = [Path("/usr/lib/systemd/system/carillon@.service")]
    for place in ("carillon@.service.d", f"carillon@{name}.service.d"):
        files += sorted(Path("/etc/systemd/system", place).glob("*.conf"))
    return "\n".join(file.read_text() for file in files)


def values(text, key):
    return re.findall(rf"^{key}=(.*)$", text, re.MULTILINE)


def environment(name):
    text, credentials = unit(name).replace("%i", name), RUN / f"credentials-{name}"
    shutil.rmtree(credentials, ignore_errors=True)
    credentials.mkdir(mode=0o700)
    for entry in values(text, "LoadCredential"):
        key, source = entry.split(":")
        shutil.copy(source, credentials / key)
        (credentials / key).chmod(0o400)
    pairs = [value.replace("%d", str(credentials)) for value in values(text, "Environment")]
    for name in values(text, "EnvironmentFile"):
        path = Path(name.removeprefix("-"))
        if path.exists():
            pairs += [line for line in path.read_text().splitlines() if re.match("[A-Z]", line)]
    return dict(pair.split("=", 1) for pair in pairs)


def start(name):
    path = RUN / f"notify-{name}"
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices:
        notices.bind(str(path))
        daemon = subprocess.Popen(
            [f"/usr/bin/carillon-{name}"], env=environment(name) | {"NOTIFY_SOCKET": str(path)}, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=(RUN / f"{name}.log").open("a"), stderr=subprocess.STDOUT)
        (RUN / f"{name}.pid").write_text(str(daemon.pid))
        ended = os.pidfd_open(daemon.pid)
        ready, _, _ = select.select([notices, ended], [], [], PATIENCE)
        if notices not in ready or notices.recv(100) != b"READY=1":
            sys.exit(f"carillon@{name} did not become ready: exit code {daemon.poll()}")


def stop(name):
    path = RUN / f"{name}.pid"
    if not path.exists():
        return
    pid = int(path.read_text())
    path.unlink()
    try:
        ended = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    os.kill(pid, signal.SIGTERM)
    if not select.select([ended], [], [], PATIENCE)[0]:
        sys.exit(f"carillon@{name} did not stop")


def main(verb, *units):
    for name in [unit.removeprefix("carillon@").removesuffix(".service") for unit in units]:
        if verb in ("stop", "restart"):
            stop(name)
        if verb in ("start", "restart"):
            start(name)
        if verb == "cat":
            print(unit(name))
    if verb not in ("start", "stop", "restart", "cat", "daemon-reload"):
        sys.exit(f"systemctl {verb}: not known here")


if __name__ == "__main__":
    main(*sys.argv[1:])
