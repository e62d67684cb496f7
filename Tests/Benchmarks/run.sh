#!/usr/bin/env bash
# Measures the suite beside PostgreSQL's own pgbench and a FastAPI service with two workers (stats/service.py), on one
# cluster, in turn, and prints one table of medians.
# usage: run.sh   ROUNDS=3 SECONDS_EACH=8 CONNECTIONS=64 and the ports of `make run` can be set
# Each round is ours, then pgbench, then FastAPI; a ratio of the same round stands while the machine's speed drifts.
export CARILLON_STATE=${CARILLON_BENCH_STATE:-.carillon-bench}
export CARILLON_HTTP_PORT=${CARILLON_HTTP_PORT:-8180} CARILLON_CHAT_PORT=${CARILLON_CHAT_PORT:-2104}
export CARILLON_BUS_PORT=${CARILLON_BUS_PORT:-7500} CARILLON_ADMIN_PORT=${CARILLON_ADMIN_PORT:-7600}
export CARILLON_RATE_LIMITS=off CARILLON_TRUST_IDENTITY_HEADERS=0 CARILLON_CHAT_LISTENERS_PER_ADDRESS=20000
source "$(dirname "$0")/../../infra/dev/environment.sh"
rounds=${ROUNDS:-3} each=${SECONDS_EACH:-8} connections=${CONNECTIONS:-64}
base=http://127.0.0.1:$http_port
out=$state/bench
rival_port=$((http_port + 1))
stack=
rival=

start_stack() {
  "$dev/run.sh" >"$out/run.log" 2>&1 &
  stack=$!
  until grep -q 'Ctrl-C stops' "$out/run.log"; do
    kill -0 "$stack" 2>/dev/null || die "the stack did not start:"$'\n'"$(cat "$out/run.log")"
    sleep 0.2
  done
  database=$("$dev/postgres.sh" url carillon_admin carillon)
  psql -qX "$database" -v ON_ERROR_STOP=1 -f Tests/Benchmarks/seed.sql -f Tests/Benchmarks/seed-chat.sql
  curl -fs -o /dev/null "$base/register" -H 'Content-Type: application/json' \
    -d '{"login":"bench","password":"a password for the bench","username":"Bench"}' || true
}

# Its connections rest while others are measured.
start_rival() {
  DSN=$database "$("$dev/venv.sh" bench)" -m uvicorn --app-dir Tests/Benchmarks/stats service:app --workers 2 \
    --port "$rival_port" --no-access-log --log-level error >"$out/rival.log" 2>&1 &
  rival=$!
  until curl -s -o /dev/null "http://127.0.0.1:$rival_port/"; do
    kill -0 "$rival" 2>/dev/null || die "the FastAPI service did not start:"$'\n'"$(cat "$out/rival.log")"
    sleep 0.2
  done
}

stop_rival() { [[ -z $rival ]] || { kill -TERM "$rival" 2>/dev/null && wait "$rival"; } || true; rival=; }

stop_stack() { stop_rival; [[ -z $stack ]] || { kill -TERM "$stack" 2>/dev/null && wait "$stack"; } || true; }

daemon_pids() { pgrep -f "^$CARILLON_BIN/carillon-" || true; }
# CPU of a process so far, in microseconds.
cpu_of() { awk -v tick="$(getconf CLK_TCK)" '{ print ($14 + $15) * 1000000 / tick }' "/proc/$1/stat"; }
name_of() { tr '\0' '\n' <"/proc/$1/cmdline" | head -n 1 | sed 's/.*carillon-//'; }
memory() {
  local pid
  for pid in $(daemon_pids); do
    printf '%s %s\n' "$(name_of "$pid")" "$(awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup")"
  done | awk '{ printf "%s %.1f MB, ", $1, $2 / 1024; total += $2 } END { printf "together %.1f MB\n", total / 1024 }'
}
median() { sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }

# One run of a load: its line goes to $out/<load>.ours, and the CPU per request by process to $out/<load>.cpu.
ours() {
  local load=$1 pid line
  declare -A before=()
  for pid in $(daemon_pids); do before[$pid]=$(cpu_of "$pid"); done
  line=$(wrk -t1 -c"$connections" -d"${each}s" -s "Tests/Benchmarks/wrk/$load.lua" "$base" | grep '^RESULT')
  echo "${line#RESULT }" >>"$out/$load.ours"
  for pid in "${!before[@]}"; do
    awk -v name="$(name_of "$pid")" -v used="$(cpu_of "$pid")" -v start="${before[$pid]}" -v n="${line#RESULT }" \
      'BEGIN { split(n, parts, " "); printf "%s %.1f\n", name, (used - start) / parts[1] }' >>"$out/$load.cpu"
  done
}

theirs() {
  pgbench -n -M prepared -c "$connections" -j 1 -T "$each" -f "Tests/Benchmarks/pgbench/$1.sql" "$database" 2>/dev/null |
    awk '/^tps/ { printf "%.0f\n", $3 }' >>"$out/$1.theirs"
}

# The same load on the FastAPI service; a rate of wrong answers would be no rate.
rivals() {
  wrk -t1 -c"$connections" -d"${each}s" -s "Tests/Benchmarks/wrk/$1.lua" "http://127.0.0.1:$rival_port" |
    awk '/^RESULT/ { print $6 == 0 ? $3 : "wrong" }' >>"$out/$1.fastapi"
  ! grep wrong "$out/$1.fastapi" || die "the FastAPI service answered $1 wrongly: $(cat "$out/rival.log")"
}

# The median of a file of rates, and of ours by it round by round; - where nobody did that load.
rate_of() { if [[ -e $1 ]]; then median <"$1"; else echo -; fi; }
# usage: by FILE LOAD
by() {
  [[ -e $1 ]] || { echo -; return; }
  paste -d' ' <(awk '{ print $2 }' "$out/$2.ours") "$1" | awk '{ printf "%.2f\n", $1 / $2 }' | median
}

# usage: row LOAD TITLE [PGBENCH]   (the load's own name unless pgbench did it another way too)
row() {
  local load=$1 title=$2 beside=$out/${3:-$1}.theirs fastapi=$out/${3:-$1}.fastapi rate cpu
  rate=$(awk '{ print $2 }' "$out/$load.ours" | median)
  cpu=$(for name in gateway auth stats chat; do
    value=$(awk -v name=$name '$1 == name { print $2 }' "$out/$load.cpu" | median)
    [[ -z $value ]] || printf '%s %.0f  ' "$name" "$value"
  done)
  printf '%-14s %9s %9s %7s %9s %7s %8s %8s %6s   %s\n' "$title" "$rate" \
    "$(rate_of "$beside")" "$(by "$beside" "$load")" "$(rate_of "$fastapi")" "$(by "$fastapi" "$load")" \
    "$(awk '{ print $3 }' "$out/$load.ours" | median)" "$(awk '{ print $4 }' "$out/$load.ours" | median)" \
    "$(awk '{ wrong += $5 } END { print wrong }' "$out/$load.ours")" "$cpu"
}

# Point reads while passwords are hashed as fast as they come: what a login storm costs the other routes.
storm() {
  wrk -t1 -c32 -d"$((each + 2))s" -s Tests/Benchmarks/wrk/login.lua "$base" >/dev/null &
  local storm=$!
  sleep 1
  wrk -t1 -c8 -d"${each}s" -s Tests/Benchmarks/wrk/read.lua "$base" | grep '^RESULT' | sed 's/^RESULT //' >>"$out/storm.ours"
  wait "$storm"
}

# The same beside ten thousand idle connections and five hundred requests that never end.
crowd() {
  coproc crowd { python3 Tests/Benchmarks/crowd.py 127.0.0.1 "$http_port" 10000 500; }
  local standing reads=$crowd_PID
  read -r standing <&"${crowd[0]}" || die "the crowd did not stand"
  say "crowd: $standing"
  wrk -t1 -c8 -d"${each}s" -s Tests/Benchmarks/wrk/read.lua "$base" | grep '^RESULT' | sed 's/^RESULT //' >>"$out/crowd.ours"
  wrk -t1 -c32 -d"$((each + 2))s" -s Tests/Benchmarks/wrk/login.lua "$base" >/dev/null &
  local storm=$!
  sleep 1
  wrk -t1 -c8 -d"${each}s" -s Tests/Benchmarks/wrk/read.lua "$base" | grep '^RESULT' | sed 's/^RESULT //' >>"$out/crowdstorm.ours"
  wait "$storm"
  crowded=$(memory)
  kill "$reads"
}

rm -rf "$out"
mkdir -p "$out"
: "${CARILLON_BIN:=}"
if [[ -z $CARILLON_BIN ]]; then "$dev/build.sh" release && CARILLON_BIN=$root/.build/release; fi
CARILLON_BIN=$(realpath "$CARILLON_BIN")
export CARILLON_BIN
trap stop_stack EXIT
trap 'exit 130' INT TERM
start_stack
idle=$(memory)
start_rival
for round in $(seq "$rounds"); do
  for load in upsert read course send; do
    say "round $round: $load"
    ours "$load"
    theirs "$load"
    [[ $load == send ]] || rivals "$load"
  done
  theirs send-in-order
done
stop_rival
say "logins, alone and as a storm beside reads"
CONNECTIONS=8 ours login
wrk -t1 -c8 -d"${each}s" -s Tests/Benchmarks/wrk/read.lua "$base" | grep '^RESULT' | sed 's/^RESULT //' >>"$out/calm.ours"
storm
chat=$(for args in "latency $http_port $chat_port 1000 $each" "fanout $http_port $chat_port 1000 100"; do
  # shellcheck disable=SC2086
  python3 Tests/Benchmarks/chat.py $args
done)
loaded=$(memory)
crowd
say "the finder"
finder=$(Tests/Benchmarks/finder.sh "$http_port" "$database" "$each") || missed=1
say "the live counter"
counter=$(Tests/Benchmarks/counter.sh "$http_port" "$database" "${COUNTER_SECONDS:-60}") || missed=1

printf '\n%s rounds of %s s, %s connections, medians; ratio is ours by pgbench, round by round\n\n' "$rounds" "$each" "$connections"
printf '%-14s %9s %9s %7s %9s %7s %8s %8s %6s   %s\n' load 'ours/s' 'pgbench/s' ratio 'FastAPI/s' ratio 'p50 ms' 'p99 ms' wrong 'CPU us per request'
row upsert 'session upsert'
row read 'session read'
row course 'course read'
row send 'chat message'
row send ' in order too' send-in-order
printf '%-14s %9s   (one Argon2id hash each; %s more turned away with 503)\n' login \
  "$(awk '{ printf "%.0f", ($1 - $5) * $2 / $1 }' "$out/login.ours")" "$(awk '{ print $5 }' "$out/login.ours")"
printf '\np99 of session reads over 8 connections: calm %s ms, beside a storm of logins %s ms\n' \
  "$(awk '{ print $4 }' "$out/calm.ours")" "$(awk '{ print $4 }' "$out/storm.ours")"
printf 'beside 10,000 idle connections and 500 half-sent requests: %s ms, and with the storm %s ms\n' \
  "$(awk '{ print $4 }' "$out/crowd.ours")" "$(awk '{ print $4 }' "$out/crowdstorm.ours")"
printf '%s\n' "$chat"
printf 'memory (PSS), idle:   %s\n' "$idle"
printf 'memory (PSS), loaded: %s\n' "$loaded"
printf 'memory (PSS), crowd:  %s\n' "$crowded"
printf '\nchoosing a time over HTTP, one connection:\n%s\n' "$finder"
printf '\nthe live counter: %s\n' "$counter"
stop_stack
stack=
ROUNDS=$rounds Tests/Benchmarks/fanout.sh
[[ -z ${missed:-} ]] || die "the finder or a mark of the live counter was missed"
