#!/usr/bin/env bash
# Builds the image of every daemon with buildah, and tells their sizes. CARILLON_CONTAINERS names a folder for a store of
# their own (with the driver that works everywhere); without it they go where podman and buildah find them.
# CARILLON_REGISTRY is what their names begin with.
source "$(dirname "$0")/../dev/environment.sh"

work=.build/images
version=$(sed -n 's/^public let suiteVersion = "\(.*\)"$/\1/p' Shared/Daemon/HelpText.swift)
registry=${CARILLON_REGISTRY:-localhost}
store=()
[[ -z ${CARILLON_CONTAINERS:-} ]] ||
  store=(--root "$CARILLON_CONTAINERS/root" --runroot "$CARILLON_CONTAINERS/run" --storage-driver vfs)

# Again when its list is newer, and once a week for Debian's corrections.
base() {
  local tar=$work/base.tar
  [[ ! -e $tar || infra/images/packages.txt -nt $tar || infra/images/base.sh -nt $tar ||
    -n $(find "$tar" -mtime +7 -print -quit) ]] || return 0
  infra/images/base.sh "$work"
}

# What an image adds to the base: the daemon, and the list of its parts.
layer() {
  local service=$1 layer=$work/$1
  rm -rf "$layer"
  install -D ".build/shipped/carillon-$service" "$layer/usr/bin/carillon"
  mkdir -p "$layer/usr/share/carillon"
  /usr/bin/python3 infra/images/sbom.py "$service" "$version" "$swift" "$work/packages" \
    >"$layer/usr/share/carillon/sbom.cdx.json"
}

# image NAME ARGUMENT...: the base, or the image of a daemon.
image() {
  buildah "${store[@]}" build --quiet --layers --isolation chroot --format docker --file compose/Containerfile \
    --tag "$registry/carillon/$1:$version" "${@:2}" "$work" >/dev/null
}

table() {
  local service total size
  total=$(stat -c %s "$work/base.tar")
  printf '%-10s %8s\n' layer 'MB' base "$(megabytes "$total")"
  for service in $names; do
    size=$(find "$work/$service" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }')
    total=$((total + size))
    printf '%-10s %8s\n' "$service" "$(megabytes "$size")"
  done
  printf '%-10s %8s\n' 'all' "$(megabytes "$total")"
}

megabytes() { awk -v bytes="$1" 'BEGIN { printf "%.1f", bytes / 1e6 }'; }

[[ $EUID -eq 0 || -n ${_CONTAINERS_USERNS_CONFIGURED:-} ]] || exec buildah unshare "$0" "$@"
names=$(services | awk '{ print $1 }')
mkdir -p "$work"
swift=$(swift --version 2>/dev/null | grep -oE 'Swift version [^ ]+' | cut -d ' ' -f 3)
base
"$dev/strip.sh"
image base --target base
for service in $names; do
  layer "$service"
  image "$service" --build-arg SERVICE="$service" --build-arg VERSION="$version"
done
table
