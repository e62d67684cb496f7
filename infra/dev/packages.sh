#!/usr/bin/env bash
# Installs the Debian packages of packages.txt which serve one of the named purposes and are missing.
# usage: packages.sh build [run] [test] [bench] [deploy]
source "$(dirname "$0")/environment.sh"

wanted() {
  awk -v purposes=" $* " '!/^#/ && NF == 2 && index(purposes, " " $2 " ") { print $1 }' "$dev/packages.txt"
}

# shellcheck disable=SC2016
missing_packages() {
  local form='${db:Status-Status} ${Package}\n'
  comm -23 <(wanted "$@" | sort) \
    <(wanted "$@" | xargs dpkg-query -W -f="$form" 2>/dev/null | sed -n 's/^installed //p' | sort)
}

as_root() {
  if [[ $EUID -eq 0 ]]; then "$@"; else sudo "$@"; fi
}

install_packages() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" </dev/null
}

# Debian's packages would start a cluster of their own on port 5432, which nothing here uses.
install_without_default_cluster() {
  if ! dpkg-query -W postgresql-common >/dev/null 2>&1; then
    install_packages postgresql-common
    as_root sed -i 's/^#\?create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
  fi
  install_packages "$@"
}

command -v dpkg-query >/dev/null || die "this needs Debian 12: dpkg-query is missing"
mapfile -t missing < <(missing_packages "$@")
[[ ${#missing[@]} -gt 0 ]] || exit 0

say "Packages to install: ${missing[*]}"
if [[ $EUID -ne 0 ]] && ! { command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [[ -t 0 ]]; }; }; then
  die "not root and no sudo; ask an administrator for: apt-get install --no-install-recommends ${missing[*]}"
fi
log=$state/log/packages.log
mkdir -p "$state/log"
update_and_install() { as_root apt-get update -q </dev/null && install_without_default_cluster "$@"; }
again update_and_install "${missing[@]}" >"$log" 2>&1 ||
  die "apt-get failed; the end of $log says:"$'\n'"$(tail -n 15 "$log")"
