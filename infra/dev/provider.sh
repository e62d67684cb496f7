#!/usr/bin/env bash
# Puts the pinned package of Tests/requirements-provider.txt into .carillon/provider, once, and prints its file.
source "$(dirname "$0")/environment.sh"

wanted=Tests/requirements-provider.txt
folder=$root/.carillon/provider
if ! cmp -s "$wanted" "$folder/requirements.txt"; then
  say "Fetching the argument names of $wanted" >&2
  python=$("$dev/venv.sh" deploy)
  rm -rf "$folder"
  mkdir -p "$folder"
  again "$python" -m pip download -q --no-deps --require-hashes -r "$wanted" -d "$folder" </dev/null >&2 ||
    die "pip could not fetch $wanted"
  cp "$wanted" "$folder/requirements.txt"
fi
echo "$folder"/*.whl
