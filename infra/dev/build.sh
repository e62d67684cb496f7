#!/usr/bin/env bash
# Builds what is asked for, saying nothing when nothing changed.
# usage: build.sh release   the daemons as they are run and shipped: optimized, the Swift library inside
#        build.sh program NAME   one more program, built as these are
#        build.sh tests     every test and the daemons they start, unoptimized
source "$(dirname "$0")/environment.sh"

# A daemon lends no names to what it loads, and Debian 12's loader reads relocations in their short form: a tenth less each.
shipped=(-c release --static-swift-stdlib -Xswiftc -cross-module-optimization -Xswiftc -use-ld=lld
  -Xlinker --no-export-dynamic -Xlinker -z -Xlinker pack-relative-relocs)

# One by one, because a whole release build would also want the tests' kit, which has no place in one. Asking five times
# whether there is anything to do takes seconds, so a look at the sources comes first.
release() {
  local stamp=.build/carillon-release.stamp sources=(Package.swift Shared Services "$dev/services.txt" "$dev/build.sh") service
  [[ ! -e $stamp || -n $(find "${sources[@]}" -newer "$stamp" -print -quit) ]] || return 0
  mkdir -p .build
  touch "$stamp.begun"
  for service in $(services | awk '{ print $1 }'); do
    swift build "${shipped[@]}" --product "carillon-$service" </dev/null || die "the build failed: see above"
  done
  mv "$stamp.begun" "$stamp"
}

need_swift
case ${1:-} in
  release) release ;;
  program) swift build "${shipped[@]}" --product "$2" </dev/null || die "the build failed: see above" ;;
  tests) swift build --build-tests </dev/null || die "the build failed: see above" ;;
  *) die "usage: $(sed -n 's/^# usage: //p' "$0")" ;;
esac
