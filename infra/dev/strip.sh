#!/usr/bin/env bash
# Puts the release build's daemons into .build/shipped without their symbols, and these into .build/symbols, where a
# debugger finds them by name (set debug-file-directory).
source "$(dirname "$0")/environment.sh"

mkdir -p .build/shipped .build/symbols
for service in $(services | awk '{ print $1 }'); do
  name=carillon-$service
  [[ ! .build/shipped/$name -nt .build/release/$name ]] || continue
  rm -f ".build/shipped/$name"
  objcopy --only-keep-debug ".build/release/$name" ".build/symbols/$name.debug"
  (cd .build/symbols && objcopy --strip-all --add-gnu-debuglink="$name.debug" "../release/$name" "../shipped/$name.new")
  mv ".build/shipped/$name.new" ".build/shipped/$name"
done
