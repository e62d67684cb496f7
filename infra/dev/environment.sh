# Sourced by every script here: where things are, the list of services, and how to speak to the operator.
# shellcheck shell=bash
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
dev=$root/infra/dev
cd "$root"

say() { printf '%s\n' "$*"; }
die() {
  printf 'carillon: %s\n' "$*" >&2
  exit 1
}

# For what comes from a registry: runs a command, and once more after some seconds, three times in all.
again() {
  local rest
  for rest in 3 10; do
    "$@" && return
    sleep "$rest"
  done
  "$@"
}

# The state folder, absolute: everything that lasts longer than a build.
state=$(realpath -m -- "${CARILLON_STATE:-.carillon}")
export CARILLON_STATE=$state
mkdir -p "$state"
[[ $state != *$'\n'* && $state != *\"* ]] || die "CARILLON_STATE must not hold quotes or line breaks: $state"

# Swift and pip keep caches under HOME; a machine without one still builds.
if [[ -z ${HOME:-} || ! -w $HOME ]]; then
  export HOME=$state/home
  mkdir -p "$HOME"
fi
command -v swift >/dev/null || PATH=$PATH:/opt/swift/usr/bin

need_swift() {
  command -v swift >/dev/null ||
    die "no Swift toolchain: install 6.3 or newer from https://swift.org/install and put 'swift' into PATH"
}

# Lines of "name offset schema".
services() { grep -v -e '^#' -e '^[[:space:]]*$' "${CARILLON_SERVICES_FILE:-$dev/services.txt}"; }
schemas() { services | awk '$3 != "-" { print $3 }'; }

for name in CARILLON_{HTTP,CHAT,BUS,ADMIN,POSTGRES}_PORT; do
  [[ ${!name:-1} =~ ^[0-9]{1,5}$ ]] || die "$name is not the number of a port: ${!name}"
done
bus_port() { echo $((${CARILLON_BUS_PORT:-7100} + $1)); }
admin_port() { echo $((${CARILLON_ADMIN_PORT:-7200} + $1)); }
http_port=${CARILLON_HTTP_PORT:-8080}
chat_port=${CARILLON_CHAT_PORT:-2004}
admin_host=${CARILLON_ADMIN_BIND:-127.0.0.1}

# Percent-encodes what would end or split a value inside a URL.
url_encoded() {
  local text=${1//%/%25}
  text=${text// /%20} text=${text//&/%26} text=${text//\?/%3F} text=${text//#/%23}
  printf '%s' "$text"
}
