#!/usr/bin/env bash
# Puts Socket.IO's clients for browsers, out of the pinned packages of Tests/requirements-browser.txt, into
# .carillon/bundles, once, and prints that folder.
source "$(dirname "$0")/environment.sh"

wanted=Tests/requirements-browser.txt
bundles=$root/.carillon/bundles

take() {
  "$python" -c 'import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))' \
    "$packages"/"$1"-*.whl "$2" >"$bundles/$3"
}

if ! cmp -s "$wanted" "$bundles/requirements.txt"; then
  say "Fetching the browser clients of $wanted" >&2
  python=$("$dev/venv.sh")
  packages=$(mktemp -d)
  trap 'rm -rf "$packages"' EXIT
  mkdir -p "$bundles"
  again "$python" -m pip download -q --no-deps --require-hashes -r "$wanted" -d "$packages" </dev/null >&2 ||
    die "pip could not fetch $wanted"
  take gdbgui gdbgui/static/vendor/js/socket.io-2.0.3.min.js socket.io-2.js
  take nicegui nicegui/static/socket.io.min.js socket.io-4.js
  cp "$wanted" "$bundles/requirements.txt"
fi
echo "$bundles"
