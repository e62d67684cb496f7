#!/usr/bin/env bash
# The private PostgreSQL cluster of a state folder. It listens on a socket only and asks no password (infra/postgres).
# usage: postgres.sh start | stop [MODE] | restart [MODE] | prepare | serve | url USER DATABASE | psql [ARGUMENT...]
#   MODE is PostgreSQL's: fast (default), smart or immediate. Under 'make run' the supervisor starts it ('serve').
#   CARILLON_POSTGRES_PORT (7300) names the socket; CARILLON_POSTGRES_FSYNC=off is for tests that lose nothing by it.
source "$(dirname "$0")/environment.sh"

data=$state/postgres
log=$state/log/postgres/start
port=${CARILLON_POSTGRES_PORT:-7300}
account=$(id -un)
[[ $EUID -ne 0 ]] || account=postgres

# A socket's path has room for 107 bytes; a longer one moves to /tmp, under a name made from the state's.
sockets=$state/run
if [[ $(printf '%s/.s.PGSQL.%s' "$sockets" "$port" | wc -c) -gt 107 ]]; then
  sockets=/tmp/carillon-$(printf '%s' "$state" | sha256sum | cut -c1-16)
fi

# The cluster's own version if there is one, or else the newest installed.
programs() {
  local version='*'
  [[ ! -s $data/PG_VERSION ]] || version=$(<"$data/PG_VERSION")
  # shellcheck disable=SC2086,SC2012
  ls -d /usr/lib/postgresql/$version/bin 2>/dev/null | sort -V | tail -n 1
}

# Runs a command as the account of the server, which must not be root. Where that account may not walk down to the
# state folder (a checkout below /root), it gets the one capability to do so and nothing else of root's.
as_server() (become_server "$@")

become_server() {
  cd /
  [[ $EUID -eq 0 ]] || exec "$@"
  local become=(setpriv --reuid=postgres --regid=postgres --init-groups)
  "${become[@]}" test -x "$state" || become+=(--inh-caps=+dac_override --ambient-caps=+dac_override)
  exec "${become[@]}" "$@"
}

# Never through a link: the folder may stand in /tmp, where others could have put one.
own_folder() {
  [[ ! -L $1 ]] || die "$1 is a link"
  [[ -d $1 ]] || mkdir -m 0700 "$1"
  [[ $EUID -ne 0 ]] || chown -h postgres:postgres "$1"
  [[ $EUID -eq 0 || -O $1 ]] || die "$1 belongs to somebody else"
}

url() { printf 'postgresql:///%s?host=%s&port=%s&user=%s' "$2" "$(url_encoded "$sockets")" "$port" "$1"; }
running() { as_server "$bin/pg_ctl" status -D "$data" >/dev/null 2>&1; }

# Made beside its place and moved there whole, so that an interrupted start leaves nothing half made.
create() {
  local fresh=$data.new
  rm -rf "$fresh"
  own_folder "$fresh"
  as_server "$bin/initdb" --pgdata="$fresh" --username=carillon_admin --auth=peer --encoding=UTF8 \
    --locale=C.UTF-8 --data-checksums >"$state/log/initdb.log" 2>&1 ||
    die "initdb failed:"$'\n'"$(tail -n 15 "$state/log/initdb.log")"
  mv "$fresh" "$data"
}

# This system account may act as the administrator and as every service; nobody else may connect.
identities() {
  local role system
  for system in "$(id -un)" "$account"; do
    for role in admin $(schemas); do printf 'carillon "%s" carillon_%s\n' "$system" "$role"; done
  done | sort -u
}

configure() {
  {
    cat "$root/infra/postgres/postgresql.conf"
    printf "port = %s\nunix_socket_directories = '\"%s\"'\n" "$port" "${sockets//\'/\'\'}"
    printf "fsync = %s\n" "${CARILLON_POSTGRES_FSYNC:-on}"
  } >"$data/postgresql.conf"
  cp "$root/infra/postgres/pg_hba.conf" "$data/pg_hba.conf"
  identities >"$data/pg_ident.conf"
}

launch() {
  as_server setsid "$bin/pg_ctl" "$@" -D "$data" -l "$log" -s -w -t 60 </dev/null >/dev/null 2>&1 ||
    die "PostgreSQL did not start; the end of $log says:"$'\n'"$(tail -n 15 "$log")"
}

prepare() {
  mkdir -p "$state/log"
  own_folder "$(dirname "$log")"
  own_folder "$sockets"
  [[ -s $data/PG_VERSION ]] || create
  configure
}

supervised() { sv status "$state/service/postgres" 2>/dev/null | grep -qE '^(run|down|finish):'; }

wait_until_ready() {
  local deadline=$((SECONDS + 60))
  until "$bin/pg_isready" -q -h "$sockets" -p "$port"; do
    [[ $SECONDS -lt $deadline ]] || die "PostgreSQL does not answer; see $state/log/postgres"
    sleep 0.05
  done
}

start() {
  if supervised; then
    wait_until_ready
  elif prepare && running; then
    as_server "$bin/pg_ctl" reload -s -D "$data"
  else
    launch start
  fi
}

# A supervised server comes back by itself.
restart() {
  if supervised; then stop "$1" && wait_until_ready; else launch restart -m "$1"; fi
}

# In the foreground, as the supervisor wants it.
serve() {
  prepare
  become_server "$bin/postgres" -D "$data" 2>&1
}

stop() {
  [[ -s $data/PG_VERSION ]] && running || return 0
  as_server "$bin/pg_ctl" stop -D "$data" -s -w -t 60 -m "${1:-fast}" ||
    as_server "$bin/pg_ctl" stop -D "$data" -s -w -t 60 -m immediate
}

bin=$(programs)
[[ -n $bin ]] || die "no PostgreSQL server under /usr/lib/postgresql: run 'make setup'"
case ${1:-} in
  start) start ;;
  stop) stop "${2:-fast}" ;;
  restart) restart "${2:-fast}" ;;
  prepare) prepare ;;
  serve) serve ;;
  url) url "$2" "$3" ;;
  psql) exec psql "$(url carillon_admin carillon)" "${@:2}" ;;
  *) die "usage: $(sed -n 's/^# usage: //p' "$0")" ;;
esac
