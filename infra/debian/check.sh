#!/bin/sh
# Has daemons check their settings as their units would hand them over, before a start or restart: the environment files, and
# what the units and their drop-ins set, with secrets read from where systemd would read them.
# usage: check.sh [DAEMON...]   (none: all)
set -eu
# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- $(awk '!/^#/ { print $1 }' "$(dirname "$0")/services.txt")

# The lines NAME=VALUE of one daemon, later ones first in force.
settings() {
  systemctl cat "carillon@$1" | sed "s/%i/$1/g" | awk '
    /^LoadCredential=/ { split(substr($0, 16), part, ":"); credential[part[1]] = part[2] }
    /^Environment=/ { given[++count] = substr($0, 13) }
    /^EnvironmentFile=/ { file = substr($0, 17); sub(/^-/, "", file); files[++fileCount] = file }
    END {
      for (i = 1; i <= count; i++) {
        line = given[i]
        if (at = index(line, "=%d/")) line = substr(line, 1, at) credential[substr(line, at + 4)]
        print line
      }
      for (i = 1; i <= fileCount; i++) while ((getline line <files[i]) > 0) if (line ~ /^[A-Z]/) print line
    }' | sed 's/="\(.*\)"$/=\1/'
}

wrong=0
for name in "$@"; do
  said=$(settings "$name" | xargs -d '\n' sh -c 'exec env -i "$@" '"carillon-$name --check" sh 2>&1) || wrong=1
  # All share one file: what another daemon reads is no fault here.
  printf '%s: %s\n' "$name" "$(printf '%s' "$said" | sed '/ is not a setting of this daemon$/d')"
done
exit $wrong
