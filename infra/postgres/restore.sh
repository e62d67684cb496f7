#!/usr/bin/env bash
# Puts a backup in place of the database: what is there is dropped, so the daemons are stopped first, or wait meanwhile.
# usage: restore.sh URL DATABASE FILE   where URL reaches the server's database "postgres" as a superuser
# The backup is read in whole under another name before anything is dropped; a failure leaves the database as it was.
set -euo pipefail
[[ $# -eq 3 ]] || { echo "usage: restore.sh URL DATABASE FILE" >&2 && exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
# The package has it beside this script, the source tree where development keeps it.
list=$here/services.txt
[[ -e $list ]] || list=$here/../dev/services.txt
url=$1 database=$2 file=$3 fresh=${2}_restored
services=$(awk '!/^#/ && $3 != "-" { print $3 }' "$list" | paste -sd,)
# The same server with the fresh database.
target=${url%%\?*}
target=${target%/*}/$fresh
[[ $url != *\?* ]] || target+="?${url#*\?}"
ask() { PGOPTIONS='-c client_min_messages=warning' psql -X -q -A -t -o /dev/null -w -v ON_ERROR_STOP=1 "$@" "$url"; }

ask -c "DROP DATABASE IF EXISTS \"$fresh\" WITH (FORCE)"
# The roles, which no backup of a database holds, and an empty database that is theirs.
ask -v database="$fresh" -v services="$services" -f "$here/roles.sql"
pg_restore --no-password --exit-on-error --single-transaction --clean --if-exists \
  --dbname="$target" "$file"
ask -c "DROP DATABASE IF EXISTS \"$database\" WITH (FORCE)"
ask -c "ALTER DATABASE \"$fresh\" RENAME TO \"$database\""
