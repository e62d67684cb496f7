"""A machine of an operator's: the package's files lie where it puts them, and one shell of root's stays open."""

import os
import re
import select
import subprocess
import time
from pathlib import Path

from conftest import PROGRAMS, ROOT, run

# Mounts and processes of its own, which end with the shell; /etc and /usr are this machine's, and what is written into
# them is in memory.
ENTER = """
export HOST_RUN=/mnt
mount -t tmpfs -o mode=0755 tmpfs $HOST_RUN
for top in usr etc; do
  mkdir $HOST_RUN/$top $HOST_RUN/$top.work
  mount -t overlay overlay -o "lowerdir=$1/$top:/$top,upperdir=$HOST_RUN/$top,workdir=$HOST_RUN/$top.work" /$top
done
mkdir -p -m 0700 /etc/carillon/secrets
exec bash --norc -s 2>&1
"""


def blocks(page, word=""):
    """The commands of a page, as fenced blocks: those marked with a word, or with none."""
    text = (ROOT / page).read_text()
    return [block for mark, block in re.findall(r"^ *```sh ?(\w*)\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL) if mark == word]


class Host:
    def __init__(self, folder):
        tree = folder / "tree"
        run(ROOT / "infra/debian/build.sh", "tree", tree, PROGRAMS)
        # As Debian has merged them.
        run("mv", tree / "lib/systemd", tree / "usr/lib/systemd")
        run("install", "-m", "0755", Path(__file__).with_name("systemctl.py"), tree / "usr/bin/systemctl")
        self.shell = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private",
             "sh", "-euc", ENTER, "enter", str(tree)],
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self.script = folder / "commands"
        self.sh("set -euo pipefail")

    def sh(self, commands, within=120):
        """Runs them in the shell, as typed one after the other, and gives what was said; a failure ends the shell."""
        self.script.write_text(commands)
        self.shell.stdin.write(f". {self.script} </dev/null\necho '<done>'\n".encode())
        said, deadline = b"", time.monotonic() + within
        while not said.endswith(b"<done>\n"):
            ready, _, _ = select.select([self.shell.stdout], [], [], max(0, deadline - time.monotonic()))
            more = os.read(self.shell.stdout.fileno(), 65536) if ready else b""
            said += more
            assert more, f"{commands}\n{'ended' if ready else 'hangs'}: {said.decode()}"
        return said.decode().removesuffix("<done>\n")

    def write(self, path, text, mode=0o600):
        self.sh(f"install -m {mode:o} /dev/null {path}\ncat >{path} <<'END'\n{text}\nEND\n")

    def log(self, service):
        return self.sh(f"cat $HOST_RUN/{service}.log")

    def close(self):
        self.shell.kill()
        self.shell.wait()
