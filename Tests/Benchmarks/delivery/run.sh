#!/usr/bin/env bash
# Measures the push queue: 100,000 due at once against a provider on this machine, then 1,000 due a second with a million
# pending; beside it pgbench claiming rows of such a table one at a time, and procrastinate with an empty task.
# usage: run.sh   COUNT=100000 PENDING=1000000 SECONDS_DUE=20 can be set; CARILLON_BIN names a folder with daemons
export CARILLON_STATE=${CARILLON_BENCH_STATE:-.carillon-bench}
export CARILLON_BUS_PORT=${CARILLON_BUS_PORT:-7520} CARILLON_ADMIN_PORT=${CARILLON_ADMIN_PORT:-7620}
source "$(dirname "$0")/../../../infra/dev/environment.sh"
count=${COUNT:-100000} pending=${PENDING:-1000000} seconds=${SECONDS_DUE:-20}
here=Tests/Benchmarks/delivery out=$state/delivery
daemon='' provider=''

stop() {
  for pid in $daemon $provider; do kill "$pid" 2>/dev/null && wait "$pid" || true; done
  "$dev/postgres.sh" stop
}
sql() { psql -qXAt -v ON_ERROR_STOP=1 "$database" "$@"; }
cpu() { awk -v tick="$(getconf CLK_TCK)" '{ print ($14 + $15) / tick }' "/proc/$daemon/stat"; }
now() { date +%s.%N; }
metric() { curl -fs "http://127.0.0.1:$admin/metrics" | awk -v name="$1" '$1 == name { print $2 }'; }

# So many messages, each to a person with a telephone of his own, due from a moment on, so many a second (0: all at once).
seed() {
  sql -v n="$1" -v from="$2" -v rate="$3" -f "$here/seed.sql" -c "SELECT pg_notify('delivery_job', '')" >/dev/null
}

rm -rf "$out" && mkdir -p "$out"
: "${CARILLON_BIN:=}"
if [[ -z $CARILLON_BIN ]]; then "$dev/build.sh" release && CARILLON_BIN=$root/.build/release; fi
python=$("$dev/venv.sh")
"$dev/postgres.sh" start
url=$("$dev/postgres.sh" url carillon_admin postgres)
psql -qX "$url" -c 'DROP DATABASE IF EXISTS bench_delivery WITH (FORCE)'
"$dev/database.sh" bench_delivery "$url"
database=${url/\/postgres\?//bench_delivery?}
trap stop EXIT
trap 'exit 130' INT TERM

"$python" Tests/Stubs/push_providers.py >"$out/provider" & provider=$!
until [[ -s $out/provider ]]; do sleep 0.1; done
port=$(awk '{ print $2 }' "$out/provider")
openssl genrsa 2048 2>/dev/null >"$out/key.pem"
(umask 077 && "$python" - "$out/key.pem" "$port" >"$out/fcm.json" <<'PY'
import json, sys
print(json.dumps({"project_id": "bench", "client_email": "b@x.org", "token_uri": f"http://127.0.0.1:{sys.argv[2]}/token",
                  "private_key": open(sys.argv[1]).read()}))
PY
)
export CARILLON_FCM_URL=http://127.0.0.1:$port CARILLON_FCM_KEY_FILE=$out/fcm.json CARILLON_FCM_RATE=100000
export CARILLON_DATABASE_URL=${database/carillon_admin/carillon_\{service\}} CARILLON_LOG_LEVEL=warning
"$CARILLON_BIN/carillon-delivery" 2>"$out/daemon.log" & daemon=$!
admin=$((CARILLON_ADMIN_PORT + 4))
until curl -fs -o /dev/null "http://127.0.0.1:$admin/readyz"; do sleep 0.1; done

say "draining $count due at once"
seed "$count" '1 hour' 0
sql -c 'VACUUM ANALYZE'
used=$(cpu) start=$(now)
sql -c "UPDATE delivery.message SET delivery_time = now()" -c "UPDATE delivery.job_later SET due = now(), ready = now()" \
  -c "SELECT pg_notify('delivery_job', '')" >/dev/null
moved=$(now)
until [[ $(metric 'carillon_delivery_jobs_total{result="sent"}') == "$count" ]]; do sleep 0.1; done
printf 'drained: %s\n' "$(awk -v n="$count" -v s="$moved" -v e="$(now)" -v u="$used" -v v="$(cpu)" -v t="$start" \
  'BEGIN { printf "%.0f pushes/s in %.1f s (from the end of the change, which took %.1f s), %.0f us CPU each", n / (e - s), e - s, s - t, (v - u) * 1e6 / n }')"

say "a million pending, 1,000 due a second for $seconds s"
seed "$pending" '30 days' 1000
sql -c 'VACUUM ANALYZE'
seed $((seconds * 1000)) '10 seconds' 1000
before=$(curl -fs "http://127.0.0.1:$admin/metrics" | grep '^carillon_delivery_lateness_seconds_bucket')
target=$((count + seconds * 1000))
until [[ $(metric 'carillon_delivery_jobs_total{result="sent"}') == "$target" ]]; do sleep 0.2; done
paste <(echo "$before") <(curl -fs "http://127.0.0.1:$admin/metrics" | grep '^carillon_delivery_lateness_seconds_bucket') |
  awk '{ split($1, parts, "\""); printf "  at most %s s late: %d\n", parts[2], $4 - $2 }'
printf 'memory (PSS): %s kB\n' "$(awk '/^Pss:/ { print $2 }' "/proc/$daemon/smaps_rollup")"

say "pgbench, claiming and deleting rows one at a time"
sql -c 'CREATE SCHEMA bench' -c 'CREATE TABLE bench.job (id uuid PRIMARY KEY, ready timestamptz NOT NULL)' \
  -c "INSERT INTO bench.job SELECT gen_random_uuid(), now() FROM generate_series(1, 200000)" \
  -c 'CREATE INDEX ON bench.job (ready)' -c 'VACUUM ANALYZE bench.job'
pgbench -n -M prepared -c 8 -j 1 -T 5 -f "$here/claim.sql" "$database" 2>/dev/null | awk '/^tps/ { printf "pgbench: %.0f claims/s\n", $3 }'
"$python" -m venv "$out/venv" && "$out/venv/bin/pip" install -q 'procrastinate==3.10.0' 'psycopg[binary,pool]==3.3.9' </dev/null
psql -qX "$url" -c 'DROP DATABASE IF EXISTS bench_procrastinate' -c 'CREATE DATABASE bench_procrastinate'
"$out/venv/bin/python" "$here/procrastinate_drain.py" "${url/\/postgres\?//bench_procrastinate?}" $((count / 20))
