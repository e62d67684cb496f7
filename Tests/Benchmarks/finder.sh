#!/usr/bin/env bash
# Choosing a time over HTTP, on a stack that runs already and has the accounts of seed.sql; run.sh calls it on its own.
# Polls of 10, 50 and 500 people, 90 days ahead, 360 appointments and 11 slots each, over one connection.
# usage: finder.sh PORT DATABASE_URL [SECONDS]
source "$(dirname "$0")/../../infra/dev/environment.sh"
port=$1 database=$2 seconds=${3:-8}
psql -qX "$database" -v ON_ERROR_STOP=1 -f Tests/Benchmarks/Finder/seed.sql >/dev/null
for people in 10 50 500; do
  line=$(POLL=$people wrk -t1 -c1 -d"${seconds}s" --timeout 30s -s Tests/Benchmarks/wrk/finder.lua \
    "http://127.0.0.1:$port" | grep '^RESULT')
  read -r _ count rate p50 p99 wrong <<<"$line"
  [[ $wrong == 0 && $count -gt 0 ]] || die "the finder over HTTP: $wrong of $count answers were wrong"
  printf '%s people, 90 days: %s /s, p50 %s ms, p99 %s ms\n' "$people" "$rate" "$p50" "$p99"
done
