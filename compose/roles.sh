#!/usr/bin/env bash
# Runs once beside the database, each time the suite comes up: its roles and schemas, and each role's password as its
# secret says. A password goes in over standard input, never on a command line.
set -euo pipefail
url=${1:-'postgresql://postgres:5432/postgres?user=carillon_admin&passfile=/run/secrets/pgpass'}
secrets=${2:-/run/secrets}
infra=${3:-/carillon}
services=$(awk '!/^#/ && $3 != "-" { print $3 }' "$infra/dev/services.txt" | paste -sd,)

psql -X -q -v ON_ERROR_STOP=1 -v database=carillon -v services="$services" -f "$infra/postgres/roles.sql" "$url"
for file in "$secrets"/database-*; do
  printf "ALTER ROLE carillon_%s PASSWORD '%s';\n" "${file##*/database-}" "$(<"$file")"
done | psql -X -q -v ON_ERROR_STOP=1 "$url"
