# Sourced by run.sh and stop.sh: PostgreSQL and the daemons under runit, one service folder each in the state folder.
# shellcheck shell=bash

service_folders=$state/service

# A folder holds links to the same few scripts; its name says what runs there.
lay_out_folder() {
  local folder=$service_folders/$1
  mkdir -p "$folder/log"
  ln -s "$2" "$folder/run"
  ln -s "$dev/runit/log" "$folder/log/run"
}

# Daemons begin down: their database has to be there first.
lay_out_daemon() {
  lay_out_folder "$1" "$dev/runit/run"
  ln -s "$dev/runit/finish" "$service_folders/$1/finish"
  ln -s "$CARILLON_BIN/carillon-$1" "$service_folders/$1/daemon"
  touch "$service_folders/$1/down"
}

lay_out_cluster() {
  lay_out_folder postgres "$dev/runit/postgres"
  mkdir "$service_folders/postgres/control"
  ln -s "$dev/runit/postgres-stop" "$service_folders/postgres/control/t"
}

# In a session of its own: Ctrl-C at the terminal reaches run.sh alone, which then stops things in order.
supervise() {
  setsid runsvdir -P "$service_folders" </dev/null >"$state/log/runsvdir.log" 2>&1 {lock}>&- &
  supervisor=$!
  echo "$supervisor" >"$state/runsvdir.pid"
}

supervisor_alive() {
  local pid
  pid=$(cat "$state/runsvdir.pid" 2>/dev/null) && grep -qsaF "$service_folders" "/proc/$pid/cmdline"
}

service_pid() { cat "$service_folders/$1/supervise/pid" 2>/dev/null; }

# Down for good: the finish script met exit code 100.
service_gave_up() { [[ -e $service_folders/$1/refused ]]; }

# What a killed run has left: daemons, and a cluster that somebody started without the supervisor.
clear_leftovers() {
  stop_services
  if [[ -d $state/postgres ]]; then "$dev/postgres.sh" stop; fi
}

# The gateway first, so that no request meets a service which is already gone; each drains, and is killed when late.
stop_services() {
  if supervisor_alive; then kill "$(cat "$state/runsvdir.pid")"; fi
  rm -f "$state/runsvdir.pid"
  [[ -d $service_folders ]] || return 0
  local daemons=()
  mapfile -t daemons < <(find "$service_folders" -mindepth 1 -maxdepth 1 ! -name postgres ! -name gateway)
  sv -w 15 force-shutdown "$service_folders/gateway" >/dev/null 2>&1 || true
  sv -w 15 force-shutdown "${daemons[@]}" >/dev/null 2>&1 || true
  sv -w 60 force-shutdown "$service_folders/postgres" >/dev/null 2>&1 || true
}
