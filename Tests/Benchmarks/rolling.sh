#!/usr/bin/env bash
# Restarts each daemon of two copies in turn under 1,000 requests a second and 1,000 sockets, over TCP and over NATS, and
# tells what clients saw. Fails when one request did, or one that was acknowledged is not stored.
set -euo pipefail
cd "$(dirname "$0")/../.."
infra/dev/build.sh release
export CARILLON_TEST_ROLLING=1 CARILLON_TEST_BIN=$PWD/.build/release
CARILLON_TEST_FILTER='RollingRestartTests/.*each.daemon.of.two.copies' exec infra/dev/test.sh system
