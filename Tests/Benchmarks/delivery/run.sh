#!/usr/bin/env bash
# Measures the push queue: notices taken in over the bus and messages over HTTP, beside pgbench inserting such rows; 100,000
# due at once against a provider on this machine; then 1,000 due a second with a million pending; beside it pgbench claiming
# rows of such a table one at a time, and procrastinate with an empty task.
# usage: run.sh   COUNT=100000 PENDING=1000000 SECONDS_DUE=20 ONLY=take,drain,late,others can be set; CARILLON_BIN names a
# folder with daemons
export CARILLON_STATE=${CARILLON_BENCH_STATE:-.carillon-bench}
export CARILLON_BUS_PORT=${CARILLON_BUS_PORT:-7520} CARILLON_ADMIN_PORT=${CARILLON_ADMIN_PORT:-7620}
export CARILLON_HTTP_PORT=${CARILLON_HTTP_PORT:-8182} CARILLON_CHAT_PORT=${CARILLON_CHAT_PORT:-2106}
export CARILLON_RATE_LIMITS=off CARILLON_ACCESS_LOG=off CARILLON_TRUST_IDENTITY_HEADERS=0
source "$(dirname "$0")/../../../infra/dev/environment.sh"
count=${COUNT:-100000} pending=${PENDING:-1000000} seconds=${SECONDS_DUE:-20}
here=Tests/Benchmarks/delivery out=$state/delivery
daemon='' provider='' others=''
only=,${ONLY:-take,drain,late,others},

stop() {
  for pid in $others $daemon $provider; do kill "$pid" 2>/dev/null && wait "$pid" || true; done
  "$dev/postgres.sh" stop
}
sql() { psql -qXAt -v ON_ERROR_STOP=1 "$database" "$@"; }
cpu_of() { awk -v tick="$(getconf CLK_TCK)" '{ print ($14 + $15) / tick }' "/proc/$1/stat"; }
cpu() { cpu_of "$daemon"; }
# Of a process with its children, also those that have ended.
cpu_of_all() {
  local pids
  mapfile -t pids < <(pgrep -P "$1")
  for pid in "${pids[@]}"; do cat "/proc/$pid/stat"; done 2>/dev/null | cat "/proc/$1/stat" - |
    awk -v tick="$(getconf CLK_TCK)" 'NR == 1 { sum = $16 + $17 } { sum += $14 + $15 } END { print sum / tick }'
}
server() { cpu_of_all "$(head -n 1 "$state/postgres/postmaster.pid")"; }
wanted() { [[ $only == *,$1,* ]]; }
ready() { until curl -fs -o /dev/null "http://127.0.0.1:$1/readyz"; do sleep 0.1; done; }
inserts() {
  pgbench -n -M prepared -c 64 -j 1 -T 5 -f "$here/$1.sql" "$database" 2>/dev/null | awk '/^tps/ { printf "%.0f\n", $3 }'
}
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

port=${CARILLON_PROVIDER_PORT:-7720}
sed "s/PORT/$port/" "$here/nginx.conf" >"$out/nginx.conf"
nginx -p "$out" -e stderr -c nginx.conf 2>"$out/nginx.log" & provider=$!
until curl -fs -o /dev/null "http://127.0.0.1:$port/count"; do sleep 0.1; done
openssl genrsa 2048 2>/dev/null >"$out/key.pem"
(umask 077 && "$python" - "$out/key.pem" "$port" >"$out/fcm.json" <<'PY'
import json, sys
print(json.dumps({"project_id": "bench", "client_email": "b@x.org", "token_uri": f"http://127.0.0.1:{sys.argv[2]}/token",
                  "private_key": open(sys.argv[1]).read()}))
PY
)
export CARILLON_FCM_URL=http://127.0.0.1:$port CARILLON_FCM_KEY_FILE=$out/fcm.json CARILLON_FCM_RATE=100000
export CARILLON_DATABASE_URL=${database/carillon_admin/carillon_\{service\}} CARILLON_LOG_LEVEL=warning
admin=$((CARILLON_ADMIN_PORT + 4))
start_daemon() {
  "$CARILLON_BIN/carillon-delivery" 2>>"$out/daemon.log" & daemon=$!
  ready "$admin"
}
sent() { metric 'carillon_delivery_jobs_total{result="sent"}'; }
start_daemon

take_notices() {
  say "taking in notices over the bus, 256 waiting"
  for _ in 1 2 3; do
    local used rate
    used=$(cpu) rate=$("$python" "$here/notify.py" 127.0.0.1 $((CARILLON_BUS_PORT + 4)) 50000 256)
    printf 'notices: %s/s, %s us CPU of the worker each; pgbench inserting such rows: %s/s\n' "$rate" \
      "$(awk -v u="$used" -v v="$(cpu)" 'BEGIN { printf "%.0f", (v - u) * 1e6 / 50000 }')" "$(inserts notice)"
  done
}

take_messages() {
  say "taking in messages over HTTP, 64 connections"
  local base=http://127.0.0.1:$CARILLON_HTTP_PORT secret=5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e
  "$CARILLON_BIN/carillon-auth" 2>"$out/auth.log" & local auth=$!
  "$CARILLON_BIN/carillon-gateway" 2>"$out/gateway.log" & local gateway=$!
  others="$gateway $auth"
  ready "$CARILLON_ADMIN_PORT"
  curl -fs "$base/signup" -d email=bench@x.org -d password=$secret
  curl -fs -D "$out/head" -o "$out/user" "$base/login" -d email=bench@x.org -d password=$secret -d os=android -d reg_id=
  export BENCH_TOKEN BENCH_USER
  BENCH_TOKEN=$(sed -n 's/.*carillon_session=\([^;]*\);.*/\1/p' "$out/head")
  BENCH_USER=$(sed 's/.*"user_id":"\([^"]*\)".*/\1/' "$out/user")
  until [[ $(sql -c "SELECT count(*) FROM delivery.person WHERE id = '$BENCH_USER'") == 1 ]]; do sleep 0.1; done
  for _ in 1 2 3; do
    local before=("$(cpu)" "$(cpu_of $gateway)") line
    line=$(wrk -t1 -c64 -d5s -s Tests/Benchmarks/wrk/future.lua "$base" | grep '^RESULT')
    awk -v a="${before[0]}" -v b="${before[1]}" -v c="$(cpu)" -v d="$(cpu_of $gateway)" -v line="$line" -v p="$(inserts message)" \
      'BEGIN { split(line, r, " "); printf "messages: %s/s, p50 %s ms, p99 %s ms, wrong %s; us CPU each: gateway %.0f, delivery %.0f; ", \
         r[3], r[4], r[5], r[6], (d - b) * 1e6 / r[2], (c - a) * 1e6 / r[2]; printf "pgbench inserting such rows: %s/s\n", p }'
  done
}

# Waits until so many pushes are out since a moment, and says how fast they went. usage: drained COUNT MOMENT WORD
drained() {
  local target=$1 used
  used="$(cpu) $(server) $(cpu_of_all "$provider")"
  until [[ $(sent) == "$target" ]]; do sleep 0.05; done
  awk -v n="$count" -v s="$2" -v e="$(now)" -v u="$used" -v v="$(cpu) $(server) $(cpu_of_all "$provider")" -v word="$3" \
    'BEGIN { split(u, b, " "); split(v, a, " ")
       printf "%s: %.0f pushes/s in %.1f s; us CPU each: worker %.0f, PostgreSQL %.0f, provider %.0f\n", word, n / (e - s), \
         e - s, (a[1] - b[1]) * 1e6 / n, (a[2] - b[2]) * 1e6 / n, (a[3] - b[3]) * 1e6 / n }'
}

drain() {
  say "draining $count due at the same moment"
  seed "$count" '45 seconds' 0
  sql -c 'VACUUM ANALYZE'
  local due
  due=$(sql -c "SELECT extract(epoch FROM max(delivery_time)) FROM delivery.message")
  until [[ $(sql -c 'SELECT count(*) FROM delivery.job') == "$count" ]]; do sleep 0.5; done
  until awk -v due="$due" -v now="$(now)" 'BEGIN { exit now < due }'; do sleep 0.02; done
  drained "$count" "$due" drained
  sql -c "SELECT 'hot table: ' || pg_size_pretty(pg_table_size('delivery.job')) || ', dead rows ' || n_dead_tup
  FROM pg_stat_user_tables WHERE relname = 'job' AND schemaname = 'delivery'"

  say "draining $count that came due while no worker ran"
  kill "$daemon" && wait "$daemon" || true
  seed "$count" '0 seconds' 0
  sql -c 'VACUUM ANALYZE'
  start_daemon
  drained "$count" "$(now)" "after the start"
}

late() {
  say "a million pending, 1,000 due a second for $seconds s"
  seed "$pending" '30 days' 1000
  sql -c 'VACUUM ANALYZE'
  seed $((seconds * 1000)) '10 seconds' 1000
  before=$(curl -fs "http://127.0.0.1:$admin/metrics" | grep '^carillon_delivery_lateness_seconds_bucket')
  used=$(cpu) target=$(($(sent) + seconds * 1000))
  until [[ $(sent) == "$target" ]]; do sleep 0.2; done
  paste <(echo "$before") <(curl -fs "http://127.0.0.1:$admin/metrics" | grep '^carillon_delivery_lateness_seconds_bucket') |
    awk '{ split($1, parts, "\""); printf "  at most %s s late: %d\n", parts[2], $4 - $2 }'
  printf 'memory (PSS): %s kB; %.0f us CPU each\n' "$(awk '/^Pss:/ { print $2 }' "/proc/$daemon/smaps_rollup")" \
    "$(awk -v u="$used" -v v="$(cpu)" -v n="$seconds" 'BEGIN { print (v - u) * 1000 / n }')"
}

claims() {
  say "pgbench, claiming and deleting rows one at a time"
  sql -c 'CREATE SCHEMA bench' -c 'CREATE TABLE bench.job (id uuid PRIMARY KEY, ready timestamptz NOT NULL)' \
    -c "INSERT INTO bench.job SELECT gen_random_uuid(), now() FROM generate_series(1, 200000)" \
    -c 'CREATE INDEX ON bench.job (ready)' -c 'VACUUM ANALYZE bench.job'
  pgbench -n -M prepared -c 8 -j 1 -T 5 -f "$here/claim.sql" "$database" 2>/dev/null | awk '/^tps/ { printf "pgbench: %.0f claims/s\n", $3 }'
  "$python" -m venv "$out/venv" && "$out/venv/bin/pip" install -q 'procrastinate==3.10.0' 'psycopg[binary,pool]==3.3.9' </dev/null
  psql -qX "$url" -c 'DROP DATABASE IF EXISTS bench_procrastinate' -c 'CREATE DATABASE bench_procrastinate'
  "$out/venv/bin/python" "$here/procrastinate_drain.py" "${url/\/postgres\?//bench_procrastinate?}" $((count / 20))
}

if wanted drain; then drain; fi
if wanted late; then late; fi
if wanted take; then take_notices; take_messages; fi
if wanted others; then claims; fi
