#!/usr/bin/env bash
# Everything on this machine, in the foreground: packages, cluster, build, daemons; one table when all is ready.
# Ctrl-C stops all of it. The settings are in the README; CARILLON_BIN names a folder of daemons built elsewhere.
source "$(dirname "$0")/environment.sh"
source "$dev/supervise.sh"

take_lock() {
  exec {lock}>"$state/lock"
  flock -n "$lock" || die "already running with this state folder, process $(cat "$state/run.pid"): 'make stop' ends it;
  a second copy takes another folder and other ports, such as: make run CARILLON_STATE=.carillon-2 \\
  CARILLON_HTTP_PORT=8081 CARILLON_CHAT_PORT=2005 CARILLON_BUS_PORT=7110 CARILLON_ADMIN_PORT=7210"
  echo $$ >"$state/run.pid"
}

settle_environment() {
  export CARILLON_BIND=${CARILLON_BIND:-127.0.0.1}
  local trust=0
  [[ $CARILLON_BIND != 127.* && $CARILLON_BIND != ::1 ]] || trust=1
  export CARILLON_TRUST_IDENTITY_HEADERS=${CARILLON_TRUST_IDENTITY_HEADERS:-$trust}
  own_cluster=$([[ -n ${CARILLON_DATABASE_URL:-} ]] || echo yes)
  export CARILLON_DATABASE_URL=${CARILLON_DATABASE_URL:-$("$dev/postgres.sh" url 'carillon_{service}' carillon)}
  [[ -n ${CARILLON_BIN:-} ]] || "$dev/build.sh" release
  CARILLON_BIN=$(realpath "${CARILLON_BIN:-.build/release}")
  # A turn of the loop allocates the same sizes many times over; the C library keeps seven of each at hand by default.
  export GLIBC_TUNABLES=${GLIBC_TUNABLES:-glibc.malloc.tcache_count=512}
  # Of this script's concern alone: a daemon would wonder about them.
  export -n CARILLON_BIN CARILLON_SERVICES_FILE
}

# Tells of every port in use at once, with the setting that moves it.
check_ports() {
  local busy=0 name offset
  port_is_free "$http_port" "gateway HTTP" CARILLON_HTTP_PORT || busy=1
  port_is_free "$chat_port" "gateway chat" CARILLON_CHAT_PORT || busy=1
  while read -r name offset _; do
    port_is_free "$(bus_port "$offset")" "$name bus" CARILLON_BUS_PORT || busy=1
    port_is_free "$(admin_port "$offset")" "$name admin" CARILLON_ADMIN_PORT || busy=1
  done < <(services)
  [[ $busy -eq 0 ]] || die "other programs hold these ports"
}

port_is_free() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null || return 0
  say "port $1 ($2, moved by $3) is in use"
  return 1
}

# Wrong settings are told here, all at once, rather than by a daemon that will not stay up.
check_settings() {
  local name wrong=0 said
  for name in $(services | awk '{ print $1 }'); do
    [[ -x $CARILLON_BIN/carillon-$name ]] || die "no executable $CARILLON_BIN/carillon-$name"
    said=$("$CARILLON_BIN/carillon-$name" --check 2>&1 </dev/null {lock}>&-) || { wrong=1 && say "$name: $said"; }
  done
  [[ $wrong -eq 0 ]] || die "the settings are wrong: see above"
}

start_everything() {
  local name names
  names=$(services | awk '{ print $1 }')
  rm -rf "$service_folders"
  for name in $names; do lay_out_daemon "$name"; done
  [[ -z $own_cluster ]] || lay_out_cluster
  supervise
  for name in $names; do
    until [[ -p $service_folders/$name/supervise/control ]]; do pause 0.02; done
  done
  if [[ -n $own_cluster ]]; then prepare_cluster; fi
  for name in $names; do sv up "$service_folders/$name" >/dev/null; done
}

prepare_cluster() {
  until [[ -p $service_folders/postgres/supervise/control ]]; do pause 0.02; done
  "$dev/postgres.sh" start
  "$dev/database.sh" carillon "$("$dev/postgres.sh" url carillon_admin postgres)"
}

wait_until_ready() {
  local name offset deadline=$((SECONDS + 60))
  while read -r name offset _; do
    until curl -fs -m 1 -o "$state/readyz" "http://$admin_host:$(admin_port "$offset")/readyz"; do
      ! service_gave_up "$name" || refuse "$name does not accept its settings"
      [[ $SECONDS -lt $deadline ]] || refuse "$name is not ready: $(cat "$state/readyz" 2>/dev/null)"
      pause 0.05
    done
  done < <(services)
}

refuse() { die "$1; the end of $state/log/$name/current says:"$'\n'"$(tail -n 10 "$state/log/$name/current")"; }

# A sleep that a signal ends at once.
pause() {
  sleep "$1" {lock}>&- &
  wait $!
}

print_table() {
  local name offset public
  printf '\n%-10s %8s  %-16s %-24s %s\n' service pid bus admin public
  while read -r name offset _; do
    public=$([[ $name != gateway ]] || echo "http://$CARILLON_BIND:$http_port, chat tcp $chat_port")
    printf '%-10s %8s  %-16s %-24s %s\n' "$name" "$(service_pid "$name")" "127.0.0.1:$(bus_port "$offset")" \
      "http://$admin_host:$(admin_port "$offset")" "$public"
  done < <(services)
  if [[ -n $own_cluster ]]; then
    printf '%-10s %8s  %s\n' postgres "$(service_pid postgres)" "socket only; 'make psql' opens it"
  fi
  printf '\nLogs: %s/log/<service>/current. Ctrl-C stops everything.\n' "$state"
  [[ $CARILLON_TRUST_IDENTITY_HEADERS != 1 ]] ||
    say "Identity headers are trusted without a session (CARILLON_TRUST_IDENTITY_HEADERS=1): for this machine only."
}

stop_everything() {
  trap '' INT TERM HUP
  clear_leftovers
  rm -f "$state/run.pid"
}

"$dev/packages.sh" build run
take_lock
trap 'exit 0' INT TERM HUP
trap stop_everything EXIT
clear_leftovers
settle_environment
check_ports
check_settings
[[ -z $own_cluster ]] || "$dev/postgres.sh" prepare {lock}>&-
start_everything
wait_until_ready
print_table
wait "$supervisor" || true
die "the supervisor is gone"
