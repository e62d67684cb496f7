"""infra/debian/database.sh, before a PostgreSQL as Debian sets it up: accounts of the machine enter as themselves."""

import pytest

from conftest import STORED
from host import Host

PREPARE = """
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1) data=$HOST_RUN/data
export PGHOST=$HOST_RUN/sockets
as() { setpriv --reuid=$1 --regid=$1 --init-groups "${@:2}"; }
install -d -o postgres -g postgres $data $PGHOST
as postgres $bin/initdb --pgdata=$data --username=postgres --auth-local=peer --auth-host=scram-sha-256 --no-sync >/dev/null
as postgres $bin/pg_ctl start -D $data -l $data/log -s -w -o "-k $PGHOST -c listen_addresses='' -c fsync=off"
systemd-sysusers /usr/lib/sysusers.d/carillon.conf
"""


@pytest.fixture
def host(tmp_path):
    host = Host(tmp_path)
    yield host
    host.close()


def test_it_lets_each_account_take_its_role_and_leaves_the_administrator_in(host):
    host.sh(PREPARE)
    for _ in range(2):
        assert host.sh("/usr/share/carillon/database.sh") == ""
        assert host.sh("as postgres psql -X -A -t -c 'SELECT current_user' carillon") == "postgres\n"
    for service in STORED:
        entry = f"as carillon-{service} psql -X -A -t -c 'SELECT current_user' 'postgresql:///carillon?user=carillon_"
        assert host.sh(f"{entry}{service}'") == f"carillon_{service}\n"
        other = STORED[STORED.index(service) - 1]
        assert "Peer authentication failed" in host.sh(f"! {entry}{other}'")
    host.sh("as postgres $bin/pg_ctl stop -D $data -s -w -m immediate")
