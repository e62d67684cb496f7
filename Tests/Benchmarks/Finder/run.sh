#!/usr/bin/env bash
# How long choosing a time takes in process, and that 100,000 random polls have the oracle's answers.
source "$(dirname "$0")/../../../infra/dev/environment.sh"
need_swift
swift build -c release --product finder-bench </dev/null >/dev/null || die "the finder's bench does not build"
.build/release/finder-bench
.build/release/finder-bench "${FINDER_CASES:-100000}"
