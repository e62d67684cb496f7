"""The drill of runbooks/backup.md: a loaded database is saved while it is written to, dropped, and put back."""

import os
import threading
import uuid

import pytest

from cluster import Cluster
from conftest import ROOT, run
from daemons import Daemons, make_secrets

STATE = os.environ.get("CARILLON_TEST_STATE", str(ROOT / ".carillon-test"))
SCRIPTS = ROOT / "infra/postgres"


@pytest.fixture
def place(tmp_path):
    """A cluster with loaded daemons before it."""
    secrets = make_secrets(tmp_path)
    cluster = Cluster(f"{STATE}/clusters/backup", secrets)
    try:
        daemons = Daemons(["auth", "chat", "stats", "gateway"], cluster.url, secrets, tmp_path)
        yield cluster, daemons
        daemons.stop()
    finally:
        cluster.stop()


class Writer(threading.Thread):
    """Writes study sessions one after the other, and keeps what was acknowledged in that order."""

    def __init__(self, daemons, token):
        super().__init__()
        self.daemons, self.token, self.course = daemons, token, str(uuid.uuid4())
        self.acknowledged, self.ended, self.enough = [], False, threading.Event()

    def run(self):
        while not self.ended:
            session = str(uuid.uuid4())
            body = {"sessionId": session, "totalModulesStudied": 1, "averageScore": 50, "timeStudied": 1000}
            self.daemons.send(f"/courses/{self.course}", body, self.token)
            self.acknowledged.append(session)
            if len(self.acknowledged) == 100:
                self.enough.set()

    def stop(self):
        self.ended = True
        self.join()


def signed_in(daemons, login):
    daemons.send("/register", {"login": login, "password": "correct horse", "username": login})
    return daemons.send("/login", {"login": login, "password": "correct horse"})["data"]["token"]


def said_in(daemons, room, token):
    history = daemons.send(f"/get-room-history?room_gid={room}", token=token)["data"]
    return {entry["msg"]["msgId"]: entry["msg"]["txt"] for entry in history}


def test_what_was_acknowledged_before_the_backup_is_there_after_the_restore(place, tmp_path):
    cluster, daemons = place
    token = signed_in(daemons, "ann")
    room = daemons.send("/create-room", {}, token)["data"]["room_gid"]

    def say(text):
        return daemons.send("/send-message", {"room_gid": room, "msg": text}, token)["data"]["msgId"]

    before = {say(f"before {count}"): f"before {count}" for count in range(20)}
    writers = [Writer(daemons, token) for _ in range(4)]
    for writer in writers:
        writer.start()
    assert all(writer.enough.wait(60) for writer in writers)
    promised = [list(writer.acknowledged) for writer in writers]
    file = tmp_path / "carillon.backup"
    run(SCRIPTS / "backup.sh", cluster.admin.replace("/postgres?", "/carillon?"), file)
    for writer in writers:
        writer.stop()
    say("after")
    signed_in(daemons, "late")
    assert daemons.stop() == [0, 0, 0, 0]

    run("psql", "-X", "-q", "-c", "DROP DATABASE carillon", cluster.admin)
    run(SCRIPTS / "restore.sh", cluster.admin, "carillon", file)
    daemons.start()

    # The same token, the same messages, and ids that go on behind them.
    assert said_in(daemons, room, token) == before
    assert say("again") > max(before)
    for writer, sessions in zip(writers, promised):
        for session in sessions:
            found = daemons.send(f"/courses/{writer.course}/sessions/{session}", token=token)
            assert found["sessionId"] == session
    # What came after the backup has never been.
    assert signed_in(daemons, "late")
    assert file.stat().st_mode & 0o077 == 0


def test_a_broken_backup_leaves_the_database_as_it_is(place, tmp_path):
    cluster, daemons = place
    token = signed_in(daemons, "ann")
    file = tmp_path / "broken.backup"
    file.write_bytes(b"PGDMP and nothing more")
    with pytest.raises(AssertionError, match="restore.sh"):
        run(SCRIPTS / "restore.sh", cluster.admin, "carillon", file)
    assert daemons.send("/create-room", {}, token)["data"]["room_gid"]
