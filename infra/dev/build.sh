#!/usr/bin/env bash
# Builds what is asked for; a second time, with nothing changed, it takes half a second.
# usage: build.sh release   the daemons as they are run and shipped: optimized, the Swift library inside
#        build.sh tests     every test and the daemons they start, unoptimized
source "$(dirname "$0")/environment.sh"

need_swift
case ${1:-} in
  release) options=(-c release --static-swift-stdlib) ;;
  tests) options=(--build-tests) ;;
  *) die "usage: $(sed -n 's/^# usage: //p' "$0")" ;;
esac
swift build "${options[@]}" </dev/null || die "the build failed: see above"
