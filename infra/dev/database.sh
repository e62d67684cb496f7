#!/usr/bin/env bash
# Makes or completes one database on a server: the services' roles, each with its schema (infra/postgres/roles.sql).
# usage: database.sh NAME URL   where URL reaches the server's database "postgres" as a superuser
source "$(dirname "$0")/environment.sh"

[[ $# -eq 2 ]] || die "usage: $(sed -n 's/^# usage: //p' "$0")"
PGOPTIONS='-c client_min_messages=warning' exec psql -X -q -A -t -o /dev/null -v ON_ERROR_STOP=1 \
  -v database="$1" -v services="$(schemas | paste -sd,)" -f "$root/infra/postgres/roles.sql" "$2"
