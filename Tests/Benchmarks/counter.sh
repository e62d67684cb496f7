#!/usr/bin/env bash
# The live counter under load, on a stack that runs already, without rate limits; run.sh calls it on its own.
# 300 sockets and 200 clicks a second (livecounter.md 7.24): everybody is shown every click, the p99 of the delay is under
# 250 ms, memory is bounded, and the counters equal the database. Then clicks as fast as they are acknowledged.
# usage: counter.sh PORT DATABASE_URL [SECONDS]
source "$(dirname "$0")/../../infra/dev/environment.sh"
port=$1 database=$2 seconds=${3:-60}
load=${CARILLON_COUNTER_LOAD:-.build/release/carillon-counter-load}
[[ -x $load ]] || swift build -c release --product carillon-counter-load </dev/null >&2 || die "the build failed: see above"

value() { sed 's/.*"'"$1"'":\([0-9.-]*\).*/\1/' <<<"$2"; }
gateway_kib() { awk '/^Pss:/ { print $2 }' "/proc/$(pgrep -f -n "^${CARILLON_BIN:-.*}/carillon-gateway")/smaps_rollup"; }

counters() { curl -fs "http://127.0.0.1:$port/api/current_stats"; }
clicks_in_database() { psql -qXAt "$database" -c 'SELECT (SELECT count(*) FROM live.click), (SELECT sum(click_count) FROM live.hour), (SELECT sum(click_count) FROM live.person)'; }

before=$(gateway_kib)
line=$("$load" "$port" 300 200 "$seconds") || failed=1
after=$(gateway_kib)
printf '300 sockets, %s clicks in %s s: %s deliveries, %s missing, delay p50 %s ms, p99 %s ms; gateway %s -> %s KiB\n' \
  "$(value counted "$line")" "$seconds" "$(value deliveries "$line")" "$(value missing "$line")" \
  "$(value p50_ms "$line")" "$(value p99_ms "$line")" "$before" "$after"
awk -v p99="$(value p99_ms "$line")" 'BEGIN { exit !(p99 < 250) }' || failed=1
line=$("$load" "$port" 16 0 5) || failed=1
printf 'clicks acknowledged and durable, 256 under way over 16 sockets: %s /s, p50 %s ms, p99 %s ms\n' \
  "$(value counted_per_second "$line")" "$(value ack_p50_ms "$line")" "$(value ack_p99_ms "$line")"
total=$(value click_count_total "$(counters)")
[[ $(clicks_in_database) == "$total|$total|$total" ]] || { say "the database has $(clicks_in_database), not $total"; failed=1; }
[[ -z ${failed:-} ]] || die "the counter under load: a mark was missed, see above"
