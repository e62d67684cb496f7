#!/usr/bin/env bash
# Makes .build/carillon_<version>_<architecture>.deb from the release build, and prints its name.
# usage: build.sh [tree FOLDER PROGRAMS]   with these: only lays the package's files out there, with daemons built elsewhere
source "$(dirname "$0")/../dev/environment.sh"

tree=.build/debian/carillon
programs=.build/shipped
from=infra/debian
version=$(sed -n 's/^public let suiteVersion = "\(.*\)"$/\1/p' Shared/Daemon/HelpText.swift)
architecture=$(dpkg --print-architecture)

lay_out() {
  mkdir -p "$tree"
  install -D -t "$tree/usr/bin" "$programs"/carillon-*
  install -D -m 0644 -t "$tree/lib/systemd/system" infra/systemd/carillon@.service infra/systemd/carillon.target \
    infra/systemd/carillon-{http,chat}.socket
  install -D -m 0644 infra/systemd/sysusers.conf "$tree/usr/lib/sysusers.d/carillon.conf"
  install -D -m 0644 -t "$tree/etc/carillon" infra/systemd/carillon.env
  install -D -m 0644 -t "$tree/usr/share/carillon" infra/postgres/roles.sql infra/dev/services.txt infra/systemd/password.conf
  install -D -t "$tree/usr/share/carillon" "$from"/{database,check}.sh infra/postgres/{backup,restore}.sh
  install -D -m 0644 -t "$tree/usr/share/doc/carillon" "$from/README.Debian" "$from/copyright"
  install -D -m 0644 -t "$tree/usr/share/doc/carillon/runbooks" infra/runbooks/*.md
}

# The packages of the libraries that the daemons link to, with the versions they need.
libraries() {
  mkdir -p .build/debian/debian
  printf 'Source: carillon\n\nPackage: carillon\nArchitecture: any\n' >.build/debian/debian/control
  (cd .build/debian && dpkg-shlibdeps -O carillon/usr/bin/carillon-* 2>shlibdeps.log) | sed 's/^shlibs:Depends=//'
}

describe() {
  mkdir -p "$tree/DEBIAN"
  sed -e "s/@version@/$version/" -e "s/@architecture@/$architecture/" -e "s/@libraries@/$(libraries)/" "$from/control" \
    >"$tree/DEBIAN/control"
  install -t "$tree/DEBIAN" "$from"/{postinst,prerm,postrm}
  echo /etc/carillon/carillon.env >"$tree/DEBIAN/conffiles"
  (cd "$tree" && find usr lib -type f -exec md5sum {} + >DEBIAN/md5sums)
}

umask 022
if [[ ${1:-} == tree ]]; then
  tree=$2 programs=$3
  lay_out
  exit
fi
"$dev/strip.sh"
rm -rf .build/debian
lay_out
describe
deb=.build/carillon_${version}_$architecture.deb
dpkg-deb --root-owner-group -Zxz -z1 --build "$tree" "$deb" >.build/debian/dpkg-deb.log
echo "$deb"
