#!/usr/bin/env bash
# Fuzzes each target of Tests/Fuzz for some seconds; a crash joins the corpus and ends with failure.
# usage: fuzz.sh [SECONDS] [TARGET]
# A target is a folder: Entry.swift (exports LLVMFuzzerTestOneInput), modules (names under Shared/, lowest first), corpus/.
source "$(dirname "$0")/environment.sh"

need_swift
seconds=${1:-10}
# shellcheck disable=SC2054
flags=(-O -swift-version 6 -sanitize=fuzzer,address -use-ld=lld -parse-as-library
  -enable-upcoming-feature InternalImportsByDefault -enable-upcoming-feature MemberImportVisibility
  -enable-upcoming-feature NonisolatedNonsendingByDefault)

# Compiled again only when a source is newer; the modules of all targets share one folder.
module() {
  local library=$out/lib$1.a
  [[ ! -e $library || -n $(find "Shared/$1" -newer "$library" -print -quit) ]] || return 0
  swiftc "${flags[@]}" -I "$out" -emit-module -emit-module-path "$out/$1.swiftmodule" -emit-library -static \
    -module-name "$1" -o "$library" Shared/"$1"/*.swift
}

fuzz() {
  local name libraries=() target=$1 label=${1##*/}
  local program=$out/fuzz-$label found=$state/fuzz/$label
  for name in $(<"$target/modules"); do
    module "$name"
    libraries=("$out/lib$name.a" "${libraries[@]}")
  done
  swiftc "${flags[@]}" -I "$out" -o "$program" "$target"/*.swift "${libraries[@]}"
  mkdir -p "$found"
  if "$program" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 -artifact_prefix="$target/corpus/" \
    "$found" "$target/corpus" </dev/null >"$found.log" 2>&1; then
    say "fuzz $label: $(tail -n 1 "$found.log")"
  else
    die "fuzz $label: a failure; the end of $found.log says:"$'\n'"$(tail -n 40 "$found.log")"
  fi
}

out=$root/.build/fuzz
mkdir -p "$out"
for folder in Tests/Fuzz/${2:-*}/; do
  [[ ! -e $folder/Entry.swift ]] || fuzz "${folder%/}"
done
