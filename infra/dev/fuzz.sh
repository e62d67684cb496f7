#!/usr/bin/env bash
# Fuzzes each target of Tests/Fuzz with a million inputs, or for some seconds; a crash joins the corpus and ends with
# failure.
# usage: fuzz.sh [SECONDS] [TARGET]
# A target is a folder: Entry.swift (exports LLVMFuzzerTestOneInput), modules (one a line, lowest first: a name under
# Shared/, or NAME=FILE,FILE for the files of it that are needed, where all of it would bring more C libraries), sources
# (single files to build in), flags (for the C libraries that remain), corpus/.
source "$(dirname "$0")/environment.sh"

need_swift
budget=(-runs=1000000)
[[ -z ${1:-} ]] || budget=(-max_total_time="$1")
# shellcheck disable=SC2054
flags=(-O -swift-version 6 -sanitize=fuzzer,address -use-ld=lld -parse-as-library
  -enable-upcoming-feature InternalImportsByDefault -enable-upcoming-feature MemberImportVisibility
  -enable-upcoming-feature NonisolatedNonsendingByDefault)

# Compiled again only when a source is newer; the modules of all targets share one folder.
module() {
  local name=${1%%=*} files=()
  local library=$out/lib$name.a
  if [[ $1 == *=* ]]; then IFS=, read -ra files <<<"${1#*=}"; else files=(Shared/"$name"/*.swift); fi
  [[ ! -e $library || -n $(find "${files[@]}" -newer "$library" -print -quit) ]] || return 0
  swiftc "${flags[@]}" "${extra[@]}" -I "$out" -emit-module -emit-module-path "$out/$name.swiftmodule" -emit-library \
    -static -module-name "$name" -o "$library" "${files[@]}"
}

fuzz() {
  local name libraries=() sources=() extra=() target=$1 label=${1##*/}
  local program=$out/fuzz-$label found=$state/fuzz/$label
  [[ ! -e $target/flags ]] || read -ra extra <"$target/flags"
  for name in $(<"$target/modules"); do
    module "$name"
    libraries=("$out/lib${name%%=*}.a" "${libraries[@]}")
  done
  [[ ! -e $target/sources ]] || mapfile -t sources <"$target/sources"
  swiftc "${flags[@]}" "${extra[@]}" -I "$out" -o "$program" "$target"/*.swift "${sources[@]}" "${libraries[@]}"
  mkdir -p "$found"
  if "$program" "${budget[@]}" -max_len=256 -timeout=5 -rss_limit_mb=1024 -artifact_prefix="$target/corpus/" \
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
