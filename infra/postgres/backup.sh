#!/usr/bin/env bash
# Writes everything of one database into a file, as of one moment, while the daemons go on.
# usage: backup.sh URL FILE   where URL reaches the database as a superuser; a password belongs into a passfile
set -euo pipefail
[[ $# -eq 2 ]] || { echo "usage: backup.sh URL FILE" >&2 && exit 2; }
umask 077

# Under another name until it is whole: what bears the name can be restored.
trap 'rm -f "$2.part"' EXIT
# What limits have counted of late is nobody's to keep: tables that a crash may empty are left empty.
pg_dump --format=custom --no-unlogged-table-data --no-password --file="$2.part" "$1"
pg_restore --list "$2.part" >/dev/null
sync "$2.part"
mv "$2.part" "$2"
