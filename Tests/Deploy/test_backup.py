"""The drill of runbooks/backup.md: a loaded database is saved while it is written to, dropped, and put back."""

import os

import pytest

from cluster import Cluster
from conftest import ROOT, run
from daemons import Daemons, make_secrets
from host import blocks
from people import Writer, said_in, signed_in

STATE = os.environ.get("CARILLON_TEST_STATE", str(ROOT / ".carillon-test"))


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


def follow(word, cluster, file):
    """The page's command, in a tree that is not installed."""
    command, = blocks("infra/runbooks/backup.md", word)
    command = command.replace("/usr/share/carillon", str(ROOT / "infra/postgres"))
    names = {"server": cluster.admin, "database": cluster.database, "file": str(file)}
    return run("bash", "-euc", command, env=os.environ | names)


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
    for writer in writers:
        writer.wait_for(100)
    promised = [list(writer.acknowledged) for writer in writers]
    file = tmp_path / "carillon.backup"
    assert str(file) in follow("backup", cluster, file)
    for writer in writers:
        writer.stop()
    say("after")
    signed_in(daemons, "late")
    assert daemons.stop() == [0, 0, 0, 0]

    run("psql", "-X", "-q", "-c", "DROP DATABASE carillon", cluster.admin)
    assert follow("restore", cluster, file) == "the backup is in place\n"
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
        follow("restore", cluster, file)
    assert daemons.send("/create-room", {}, token)["data"]["room_gid"]
