#!/usr/bin/env bash
# Builds what is asked for; a second time, with nothing changed, it takes half a second.
# usage: build.sh release   the daemons as they are run and shipped: optimized, the Swift library inside
#        build.sh tests     every test and the daemons they start, unoptimized
source "$(dirname "$0")/environment.sh"

need_swift
built() { swift build "$@" </dev/null || die "the build failed: see above"; }
case ${1:-} in
  # One product after the other: a build of everything would take in the test kit, which no release can.
  release) for name in $(services | awk '{ print $1 }'); do built -c release --static-swift-stdlib --product "carillon-$name"; done ;;
  tests) built --build-tests ;;
  *) die "usage: $(sed -n 's/^# usage: //p' "$0")" ;;
esac
