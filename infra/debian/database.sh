#!/bin/sh
# Makes the suite's roles and schemas in the PostgreSQL of this machine, and lets each daemon's account take its own role.
# It may run again at any time.
set -eu
[ "$(id -u)" = 0 ] || { echo "run this as root" >&2 && exit 1; }
here=/usr/share/carillon
services=$(awk '!/^#/ && $3 != "-" { print $3 }' $here/services.txt)
as_postgres() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }
ask() { as_postgres psql -X -q -A -t -v ON_ERROR_STOP=1 "$@" postgres; }

as_postgres psql -X -q -v ON_ERROR_STOP=1 -v database=carillon -v "services=$(echo "$services" | paste -sd,)" \
  -f $here/roles.sql postgres
rules=$(ask -c 'SHOW hba_file') map=$(ask -c 'SHOW ident_file')
for service in $services; do
  grep -qs "^carillon carillon-$service " "$map" || echo "carillon carillon-$service carillon_$service" >>"$map"
done
# The first rule that fits counts.
if ! grep -qs 'map=carillon$' "$rules"; then
  { echo 'local carillon all peer map=carillon' && cat "$rules"; } >"$rules.new"
  cat "$rules.new" >"$rules"
  rm "$rules.new"
fi
ask -c 'SELECT pg_reload_conf()' >/dev/null
