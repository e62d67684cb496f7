#!/usr/bin/env bash
# What a reviewer would look at first: the format, the scripts, and the rules of this tree that no compiler holds.
source "$(dirname "$0")/environment.sh"

failed=0
# refuse WHY PATTERN FOLDER...: no Swift line below the folders may match.
refuse() {
  local why=$1 pattern=$2 found
  found=$(grep -rnE --include='*.swift' -- "$pattern" "${@:3}") || return 0
  printf '%s:\n%s\n\n' "$why" "$found"
  failed=1
}

need_swift
swift format lint --strict -r Package.swift Shared Services Tests || failed=1
refuse "Foundation costs each daemon 6 MB, whole 20; JSONCoding and Glibc do what is needed of it" \
  '^ *([a-z]+ )?import Foundation' Shared Services
refuse "rules are told the time" '\bDate\(\)|\bDate\.now|\bclock_gettime\(|\bgettimeofday\(' Services
refuse "a failure must have somewhere to go" '\btry!|\bfatalError\(' Shared Services
refuse "unfinished" '\b(TODO|FIXME|XXX|HACK)\b' Shared Services Tests
refuse "a test waits for an event, never for a while" '\b(Thread|Task)\.sleep|\bu?sleep\(' Tests

for script in infra/*/*.sh compose/*.sh Tests/*/*.sh .ci/run; do
  [[ ! -e $script ]] || bash -n "$script" || failed=1
done
if command -v shellcheck >/dev/null; then (cd infra/dev && shellcheck ./*.sh runit/* ../images/*.sh ../debian/*.sh ../../compose/*.sh) || failed=1; fi
long=$(git ls-files '*.swift' | xargs -r wc -l | awk '$2 != "total" && $1 > 350')
[[ -z $long ]] || { printf 'over 350 lines, which second idea moved in?\n%s\n' "$long" && failed=1; }

[[ $failed -eq 0 ]] || die "check: see above"
