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

# Of ICU's data, 31 MB of languages, libical asks for what its Gregorian calendar stands on. The library of the data is made
# anew with that alone, under its own name, by the tool of the ICU that the daemons are built beside.
gregorian='(root|res_index|pool|supplementalData|keyTypeData|likelySubtags|metadata|numberingSystems|timezoneTypes|zoneinfo64|metaZones|windowsZones|icuver)\.res'
trim_icu() {
  local rootfs=$1 work library soname version
  work=$(mktemp -d)
  library=$(realpath "$rootfs"/usr/lib/*/libicudata.so.*.*)
  soname=$(objdump -p "$library" | awk '$1 == "SONAME" { print $2 }')
  version=${soname##*.}
  objcopy -O binary --only-section=.rodata "$library" "$work/icudt${version}l.dat"
  icupkg -l "$work/icudt${version}l.dat" | grep -vxE "$gregorian" >"$work/gone.txt"
  mkdir "$work/kept"
  icupkg -r "$work/gone.txt" "$work/icudt${version}l.dat" "$work/kept/icudt${version}l.dat"
  as -o "$work/data.o" - <<END
    .section .rodata
    .balign 16
    .globl icudt${version}_dat
    .type icudt${version}_dat, @object
icudt${version}_dat:
    .incbin "$work/kept/icudt${version}l.dat"
    .size icudt${version}_dat, . - icudt${version}_dat
    .section .note.GNU-stack, "", @progbits
END
  ld -shared -soname "$soname" --build-id=none -o "$library" "$work/data.o"
  rm -r "$work"
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
  trim_icu "$rootfs"
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
  # What no library that a daemon loads asks for: SASL's table of passwords, vectors of floating point, ICU's and libical's tools.
  '/usr/lib/*/sasl2/*' '/usr/lib/*/libdb-*' '/lib/*/libmvec.so*' '/usr/lib/*/libicuio.so*' '/usr/lib/*/libicut*.so*'
  '/usr/lib/*/libical*_cxx.so*' '/usr/lib/*/libicalss.so*' '/usr/lib/*/libicalvcal.so*'
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
  --aptopt='Acquire::Retries "3"' \
  --setup-hook="cp '$out/pretended' \"\$1/var/lib/dpkg/status\"" \
  --extract-hook="'$self' finish \"\$1\" '$out/packages'" bookworm - 2>"$out/base.log" |
  mmtarfilter "${left_out[@]/#/--path-exclude=}" --path-include='/usr/share/doc/*/copyright' >"$out/base.tar.new" ||
  die "mmdebstrap failed; the end of $out/base.log says:"$'\n'"$(tail -n 15 "$out/base.log")"
mv "$out/base.tar.new" "$out/base.tar"
