#!/usr/bin/env bash
# Builds what is asked for, saying nothing when nothing changed.
# usage: build.sh release   the daemons as they are run and shipped: optimized, the Swift library inside
#        build.sh tests     every test and the daemons they start, unoptimized
source "$(dirname "$0")/environment.sh"

need_swift

# Whether a source is newer than the last good build; asking the build system itself takes seconds.
changed_since() {
  [[ ! -e $1 ]] || [[ -n $(find Package.swift Shared Services "${@:2}" -newer "$1" -print -quit) ]]
}

build() {
  local stamp=$1
  shift
  changed_since "$stamp" "${sources[@]}" || return 0
  say "Building ($*)"
  local begun
  begun=$(mktemp)
  swift build "$@" </dev/null || die "the build failed: see above"
  touch -r "$begun" "$stamp"
  rm -f "$begun"
}

case ${1:-} in
  release) sources=() && build .build/carillon-release.stamp -c release --static-swift-stdlib ;;
  tests) sources=(Tests) && build .build/carillon-tests.stamp --build-tests ;;
  *) die "usage: $(sed -n 's/^# usage: //p' "$0")" ;;
esac
