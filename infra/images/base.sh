#!/usr/bin/env bash
# Makes the root file system that all images stand on: the libraries of packages.txt, certificates, zones and one account.
# There is no shell in it and nothing that could install one.
# usage: base.sh FOLDER   leaves base.tar there, and packages/: what Debian says of each package in it
source "$(dirname "$0")/../dev/environment.sh"

# Packages that others name and no daemon reaches, such as what only scripts of installation or libical's binding for GNOME
# would call: apt takes them for installed.
pretended() {
  local name
  for name in debconf libglib2.0-0 mawk openssl; do
    printf 'Package: %s\nStatus: install ok installed\nVersion: 999\nArchitecture: all\nMulti-Arch: foreign\n' "$name"
    [[ $name != mawk ]] || echo 'Provides: awk'
    printf 'Maintainer: nobody\nDescription: not here\n\n'
  done
}

# Runs inside mmdebstrap when the packages are unpacked: $1 is the new root, $2 the folder for their descriptions.
finish() {
  local rootfs=$1 described=$2 deb name
  mkdir -p "$rootfs/var/lib/dpkg/status.d"
  for deb in "$rootfs"/var/cache/apt/archives/*.deb; do
    name=$(dpkg-deb --field "$deb" Package)
    # Where scanners of images without dpkg look.
    dpkg-deb --field "$deb" >"$rootfs/var/lib/dpkg/status.d/$name"
    cp "$rootfs/var/lib/dpkg/status.d/$name" "$described/$name"
  done
  cat "$rootfs"/usr/share/ca-certificates/mozilla/*.crt >"$rootfs/etc/ssl/certs/ca-certificates.crt"
  cat >"$rootfs/etc/passwd" <<END
root:x:0:0:root:/:/sbin/nologin
carillon:x:65532:65532:Carillon:/:/sbin/nologin
END
  printf 'root:x:0:\ncarillon:x:65532:\n' >"$rootfs/etc/group"
  echo 'hosts: files dns' >"$rootfs/etc/nsswitch.conf"
}

# Licences stay; what only a person at a terminal, a compiler or another locale would read goes.
left_out=(
  '/usr/share/doc/*' '/usr/share/man/*' '/usr/share/info/*' '/usr/share/locale/*' '/usr/share/lintian/*' '/usr/share/bug/*'
  '/usr/share/gdb/*' '/usr/share/gcc/*' '/usr/share/base-files/*' '/usr/share/glib-2.0/*' '/usr/share/gettext/*'
  '/usr/share/ca-certificates/*' '/usr/share/zoneinfo/posix/*' '/usr/share/zoneinfo/right/*'
  '/usr/lib/*/libical-glib*' '/usr/lib/*/gconv/*' '/usr/lib/*/audit/*' '/usr/lib/*/glib-2.0/*' '/usr/bin/*' '/usr/sbin/*' '/usr/games' '/usr/include'
  '/usr/src' '/bin/*' '/sbin/*' '/etc/apt/*' '/etc/cron.daily/*' '/etc/init.d/*' '/etc/default/*' '/etc/profile*'
  '/etc/skel*' '/etc/update-motd.d/*' '/etc/issue*' '/etc/motd' '/etc/ca-certificates*' '/etc/kernel*' '/etc/logrotate.d/*'
  '/var/cache/*' '/var/lib/apt*' '/var/lib/dpkg/status' '/var/lib/dpkg/[!s]*' '/var/log/*' '/var/backups' '/var/mail'
  '/var/spool*' '/var/local' '/var/opt' '/dev/*' '/boot' '/media' '/mnt' '/srv' '/opt' '/home'
)

if [[ ${1:-} == finish ]]; then finish "$2" "$3" && exit; fi
[[ $# -eq 1 ]] || die "usage: $(sed -n 's/^# usage: //p' "$0")"
mkdir -p "$1"
out=$(realpath "$1")
names=$(sed 's/#.*//' infra/images/packages.txt | xargs | tr ' ' ,)
rm -rf "$out/packages" "$out/base.tar"
mkdir -p "$out/packages"
pretended >"$out/pretended"
self=$root/infra/images/base.sh
mmdebstrap --quiet --variant=extract --format=tar --include="$names" --aptopt='APT::Install-Recommends "false"' \
  --setup-hook="cp '$out/pretended' \"\$1/var/lib/dpkg/status\"" \
  --extract-hook="'$self' finish \"\$1\" '$out/packages'" bookworm - 2>"$out/base.log" |
  mmtarfilter "${left_out[@]/#/--path-exclude=}" --path-include='/usr/share/doc/*/copyright' >"$out/base.tar.new" ||
  die "mmdebstrap failed; the end of $out/base.log says:"$'\n'"$(tail -n 15 "$out/base.log")"
mv "$out/base.tar.new" "$out/base.tar"
