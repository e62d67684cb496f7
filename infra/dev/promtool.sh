#!/usr/bin/env bash
# Puts promtool into .carillon/tools, once, and prints where it is. From Debian's package of Prometheus, which is not
# installed: it would start a server.
source "$(dirname "$0")/environment.sh"

tools=$root/.carillon/tools
if [[ ! -x $tools/promtool ]]; then
  fresh=$(mktemp -d)
  trap 'rm -rf "$fresh"' EXIT
  chmod 0755 "$fresh"
  (cd "$fresh" && again apt-get download -q prometheus >apt.log 2>&1 && dpkg-deb --fsys-tarfile ./*.deb | tar x ./usr/bin/promtool) ||
    die "cannot fetch Debian's package of Prometheus: $(cat "$fresh/apt.log")"
  mkdir -p "$tools"
  mv "$fresh/usr/bin/promtool" "$tools/promtool"
fi
echo "$tools/promtool"
