#!/usr/bin/env bash
# Ends a 'make run' with the same state folder from outside, and what one that was killed has left behind.
source "$(dirname "$0")/environment.sh"
source "$dev/supervise.sh"

exec {lock}>"$state/lock"
if ! flock -n "$lock"; then
  kill "$(cat "$state/run.pid")"
  flock -w 60 "$lock" || die "process $(cat "$state/run.pid") does not stop"
fi
clear_leftovers
