#!/usr/bin/env bash
# Runs once beside the database, each time the suite comes up: its roles and schemas, and each role's password as its
# secret says. A password goes in over standard input, never on a command line.
set -euo pipefail
url='postgresql://postgres:5432/postgres?user=carillon_admin&passfile=/run/secrets/pgpass-admin'
services=$(awk '!/^#/ && $3 != "-" { print $3 }' /carillon/dev/services.txt | paste -sd,)

psql -X -q -v ON_ERROR_STOP=1 -v database=carillon -v services="$services" -f /carillon/postgres/roles.sql "$url"
for file in /run/secrets/pgpass-*; do
  IFS=: read -r _ _ _ role password <"$file"
  printf "ALTER ROLE %s PASSWORD '%s';\n" "$role" "$password"
done | psql -X -q -v ON_ERROR_STOP=1 "$url"
