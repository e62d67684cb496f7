"""Images and their root file systems, and programs that run in one the way an engine runs them."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

from conftest import ROOT, run

# Mounts of its own that nobody else sees: the root read-only, the kernel's file systems, and the folder with the secrets;
# then the account of the image, as process 1 of a process space that ends with whoever started it.
ENTER = """
root=$1 secrets=$2 account=$3
shift 3
mount --bind "$root" "$root"
cd "$root"
mount -t proc proc proc
mount --rbind /dev dev
mount -t tmpfs -o mode=0755 tmpfs run
mkdir run/secrets
mount --bind "$secrets" run/secrets
mount -o remount,ro run
mount -o remount,bind,ro "$root"
exec chroot --userspec="$account" "$root" "$@"
"""


def inner(process):
    """The program that 'unshare --fork' started; what stands before it only waits."""
    return int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])


def kill(process):
    """Ends the program, and so its process space. Its starter alone would not do: a change of account forgets it."""
    if process.poll() is None:
        os.kill(inner(process), signal.SIGKILL)


class Store:
    """A store of buildah's in a folder of its own."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.options = ["--root", f"{folder}/root", "--runroot", f"{folder}/run", "--storage-driver", "vfs"]

    def buildah(self, *words):
        return run("buildah", *self.options, *words)

    def build(self):
        return run(ROOT / "infra/images/build.sh", env=os.environ | {"CARILLON_CONTAINERS": str(self.folder)})

    def images(self):
        """Name without registry and tag -> what buildah says of it."""
        found = {}
        for image in json.loads(self.buildah("images", "--json")):
            name, _, tag = image["names"][0].rpartition(":")
            found[name.rpartition("/")[2]] = image | {"reference": image["names"][0], "tag": tag}
        return found

    def configuration(self, reference):
        return json.loads(self.buildah("inspect", "--type", "image", reference))["Docker"]["config"]

    def size(self, reference):
        """In bytes, with every layer."""
        text = self.buildah("images", "--format", "{{.Size}}", reference).strip()
        number, unit = text.split()
        return float(number) * {"KB": 1e3, "MB": 1e6, "GB": 1e9}[unit.upper()]

    def mount(self, reference):
        """The root file system of a container from the image."""
        return Path(self.buildah("mount", self.buildah("from", "--quiet", reference).strip()).strip())


class Container:
    """A program in a root file system; `arguments` follow the image's entry point."""

    def __init__(self, root, configuration, secrets, environment, arguments=(), log=None):
        given = dict(pair.split("=", 1) for pair in configuration["Env"]) | environment
        words = configuration["Entrypoint"] + list(arguments)
        self.log = log
        # Nothing outside reaches it but its environment.
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private", "sh", "-euc", ENTER,
             "enter", str(root), str(secrets), configuration["User"], *words],
            env={"PATH": os.environ["PATH"]} | given,
            stdin=subprocess.DEVNULL,
            stdout=log.open("w") if log else subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def end(self, within=30):
        """Waits for the end; gives the exit code and what was written."""
        text, _ = self.process.communicate(timeout=within)
        return self.process.returncode, text

    @property
    def account(self):
        return os.stat(f"/proc/{inner(self.process)}").st_uid

    def stop(self):
        os.kill(inner(self.process), signal.SIGTERM)
        return self.end()[0]


def until(what, condition, within=60):
    """Asks until the condition holds; what it answered last is shown when it does not."""
    deadline, answer = time.monotonic() + within, None
    while time.monotonic() < deadline:
        holds, answer = condition()
        if holds:
            return answer
        # Between two askings, of something that tells nobody.
        time.sleep(0.1)
    raise AssertionError(f"{what}: {answer}")
