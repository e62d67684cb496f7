#!/usr/bin/env bash
# Runs tiers of the tests against a private cluster and the daemons of this build, and stops what they left behind.
# usage: test.sh [unit] [suites] [integration] [system] [nats] [kills] [copies] [deploy]   (none: all of them)
# CARILLON_TEST_FILTER narrows a tier to matching names. The tier nats is the core of the system tier with NATS as the bus and
# two of every daemon, kills the same while one copy after the other is killed, copies a part of it over TCP.
# Seen by the tests: CARILLON_TEST_DATABASE_URL, CARILLON_TEST_BIN, CARILLON_TEST_STATE, CARILLON_TEST_PYTHON and
# CARILLON_TEST_PYTHON4 (interpreters with test clients), CARILLON_TEST_BUNDLES (what browsers load), and
# CARILLON_TEST_REQUIRED=1, under which a test may not skip itself for want of any of these.
export CARILLON_STATE=${CARILLON_TEST_STATE:-.carillon-test}
source "$(dirname "$0")/environment.sh"

export NO_COLOR=1
limit=${CARILLON_TEST_SECONDS:-1800}
tests=
# What must hold whatever the bus, and what must not notice that there are two of everything.
core='StatsTests|StatsIdentityTests|ChatLiveTests|ChatClusterTests|RevocationTests|DurabilityTests|JarvisPollTests'
core+='|PicteverMessageTests|LiveCounterTests/LiveScenarioTests|LiveCounterTests/LiveCopiesTests'
# Callers wait half a second for a service, which is short beside all other unit tests.
broker='BusTests\.BusNATSTests'
shared='StatsTests|StatsIdentityTests|ChatAccountTests|ChatRoomTests|ChatLiveTests|JarvisPollTests'
shared+='|PicteverAccountTests|PicteverMessageTests'
# While copies die: not what counts the frames that a new copy of live repeats, limits that each copy has for itself, and what
# kills by itself and looks at the outage.
killed='StatsTests|StatsIdentityTests|ChatRoomTests|ChatLiveTests|ChatStreamTests|ChatPresenceTests|ChatClusterTests'
killed+='|RevocationTests|DeviceTests|LiveListTests|JarvisPollTests|JarvisEventTests|PicteverAccountTests|PicteverMessageTests'
killed+='|LiveCounterTests/(LiveScenarioTests|LiveTimeTests|LiveClaimTests)'

take_lock() {
  exec {lock}>"$state/lock"
  flock -n "$lock" || die "another test run uses $state; set CARILLON_TEST_STATE to run beside it"
}

# The shared cluster forgets its disk's safety for speed; tests of durability start clusters of their own.
start_cluster() {
  export CARILLON_POSTGRES_FSYNC=off
  "$dev/postgres.sh" start {lock}>&-
  unset CARILLON_POSTGRES_FSYNC
  CARILLON_TEST_DATABASE_URL=$("$dev/postgres.sh" url carillon_admin postgres)
  export CARILLON_TEST_DATABASE_URL CARILLON_TEST_REQUIRED=1
  export CARILLON_TEST_STATE=$state CARILLON_TEST_BIN=${CARILLON_TEST_BIN:-$root/.build/debug}
}

# Clusters that tests made lie below clusters/; a test that crashed could not stop its own.
stop_everything() {
  trap '' INT TERM HUP
  [[ -z $tests ]] || kill "$tests" 2>/dev/null || true
  wait
  local cluster
  for cluster in "$state"/clusters/*/; do
    [[ ! -d $cluster ]] || CARILLON_STATE=$cluster "$dev/postgres.sh" stop immediate
  done
  rm -rf "$state/clusters"
  "$dev/postgres.sh" stop
}

# A tier passes when its process says so and at least one test ran in it. The program runs by itself, without 'swift
# test' before it, so that one signal ends it and everything it started.
run_tier() {
  # All at once they are no sooner at their end, but each waits for all others, and some have deadlines.
  local names log=$state/log/tests-$1.txt status=0 few=(--experimental-maximum-parallelization-width 4)
  unset CARILLON_TEST_BUS CARILLON_TEST_COPIES CARILLON_TEST_KILLS
  if [[ $1 == deploy ]]; then
    run_deploy_tier "$log" || status=$?
    return "$status"
  fi
  case $1 in
    unit)
      names=(--skip "^(IntegrationTests|SocketIOTests|SystemTests)\\.|^$broker" --filter "${CARILLON_TEST_FILTER:-.}" "${few[@]}")
      ;;
    # Their heartbeats of 300 ms are fixed, so nothing else runs beside them, and no two of them.
    suites)
      few=(--experimental-maximum-parallelization-width 1)
      names=(--filter "^SocketIOTests\..*${CARILLON_TEST_FILTER:-}" "${few[@]}")
      ;;
    integration) names=(--filter "^IntegrationTests\..*${CARILLON_TEST_FILTER:-}" "${few[@]}") ;;
    system) names=(--filter "^SystemTests\..*${CARILLON_TEST_FILTER:-}" "${few[@]}") ;;
    nats)
      export CARILLON_TEST_BUS=nats CARILLON_TEST_COPIES=2
      names=(--filter "^SystemTests\.(${CARILLON_TEST_FILTER:-$core})|^$broker.*${CARILLON_TEST_FILTER:-}" "${few[@]}")
      ;;
    copies)
      export CARILLON_TEST_COPIES=2
      names=(--filter "^SystemTests\.(${CARILLON_TEST_FILTER:-$shared})" "${few[@]}")
      ;;
    kills)
      export CARILLON_TEST_BUS=nats CARILLON_TEST_COPIES=2 CARILLON_TEST_KILLS=1
      names=(--filter "^SystemTests\.(${CARILLON_TEST_FILTER:-$killed})" "${few[@]}")
      ;;
    *) die "no tier is called $1" ;;
  esac
  say "== $1 tests"
  timeout --kill-after=10 "$limit" .build/debug/CarillonPackageTests.xctest --testing-library swift-testing \
    "${names[@]}" </dev/null > >(exec {lock}>&- tee "$log") 2>&1 {lock}>&- &
  tests=$!
  wait "$tests" || status=$?
  tests=
  # The last line may still be on its way into the file.
  local looks=50
  until grep -q 'Test run with' "$log" || [[ $((looks -= 1)) -eq 0 ]]; do sleep 0.1; done
  [[ $status -ne 124 ]] || say "the $1 tests did not end within $limit s"
  [[ $status -eq 0 ]] && grep -qE 'Test run with [1-9][0-9]* tests? .*passed' "$log"
}

# What operators get: images, packages, units, manifests. Written in Python, as most of what reads such files is.
run_deploy_tier() {
  local log=$1 python status=0
  say "== deploy tests"
  python=$("$dev/venv.sh" deploy)
  timeout --kill-after=60 "$limit" "$python" -m pytest -p no:cacheprovider -q -k "${CARILLON_TEST_FILTER:-}" --durations=5 \
    Tests/Deploy </dev/null > >(exec {lock}>&- tee "$log") 2>&1 {lock}>&- &
  tests=$!
  wait "$tests" || status=$?
  tests=
  return "$status"
}

# Says last what failed, for whoever sees only the end of a long output.
recall() {
  grep -hE '^. (Test|Suite) .*(recorded an issue|failed after)|^(FAILED|ERROR) |Fatal error|AddressSanitizer' \
    "$state/log/tests-$1.txt" | cut -c1-600 | head -n 40 || true
}

[[ $# -gt 0 ]] || set -- unit suites integration system nats kills copies deploy
"$dev/packages.sh" build test
# Of tests in Swift the deploy tier has none, but it needs the daemons as they are shipped.
[[ $* == deploy ]] || "$dev/build.sh" tests
if [[ " $* " == *" deploy "* ]]; then
  "$dev/packages.sh" deploy
  "$dev/build.sh" release
  "$dev/strip.sh"
fi
take_lock
trap 'exit 130' INT TERM HUP
trap stop_everything EXIT
start_cluster
CARILLON_TEST_PYTHON=$("$dev/venv.sh")
# A client of Socket.IO's protocol 4 cannot live beside one of protocol 5.
CARILLON_TEST_PYTHON4=$("$dev/venv.sh" 4)
CARILLON_TEST_BUNDLES=$("$dev/bundles.sh")
export CARILLON_TEST_PYTHON CARILLON_TEST_PYTHON4 CARILLON_TEST_BUNDLES

failed=()
for tier in "$@"; do run_tier "$tier" || failed+=("$tier"); done
for tier in "${failed[@]}"; do
  say "== of the $tier tests failed"
  recall "$tier"
done
[[ ${#failed[@]} -eq 0 ]] || die "failed: ${failed[*]} (what each said: $state/log/tests-<tier>.txt)"
