# Sourced by run.sh and stop.sh: the daemons under runit, one service folder each in the state folder.
# shellcheck shell=bash

service_folders=$state/service

# A folder holds links to the same three scripts; its name says which daemon it is.
lay_out_services() {
  local name folder
  rm -rf "$service_folders"
  for name in $(services | awk '{ print $1 }'); do
    folder=$service_folders/$name
    mkdir -p "$folder/log" "$state/log/$name"
    ln -s "$dev/runit/run" "$dev/runit/finish" "$folder/"
    ln -s "$dev/runit/log" "$folder/log/run"
  done
}

# In a session of its own: Ctrl-C at the terminal reaches run.sh alone, which then stops things in order.
supervise() {
  lay_out_services
  setsid runsvdir -P "$service_folders" </dev/null >"$state/log/runsvdir.log" 2>&1 {lock}>&- &
  echo $! >"$state/runsvdir.pid"
}

supervisor_alive() {
  local pid
  pid=$(cat "$state/runsvdir.pid" 2>/dev/null) && grep -qsaF "$service_folders" "/proc/$pid/cmdline"
}

service_pid() { cat "$service_folders/$1/supervise/pid" 2>/dev/null; }

# Down for good: the finish script met exit code 100.
service_gave_up() { sv status "$service_folders/$1" 2>/dev/null | grep -q '^down:.*normally up'; }

# The gateway first, so that no request meets a service which is already gone; each drains, and is killed when late.
stop_services() {
  if supervisor_alive; then kill "$(cat "$state/runsvdir.pid")"; fi
  rm -f "$state/runsvdir.pid"
  [[ -d $service_folders ]] || return 0
  local folders=("$service_folders"/*/)
  sv -w 15 force-shutdown "$service_folders/gateway" >/dev/null 2>&1 || true
  sv -w 15 force-shutdown "${folders[@]}" >/dev/null 2>&1 || true
}
