#!/bin/sh
# Makes the suite's roles and schemas in the PostgreSQL of this machine, and lets each daemon's account take its own role.
# It may run again at any time.
set -eu
export PGOPTIONS='-c client_min_messages=warning'
[ "$(id -u)" = 0 ] || { echo "run this as root" >&2 && exit 1; }
here=/usr/share/carillon
services=$(awk '!/^#/ && $3 != "-" { print $3 }' $here/services.txt)
as_postgres() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }
ask() { as_postgres psql -X -q -A -t -v ON_ERROR_STOP=1 "$@" postgres; }

as_postgres psql -X -q -A -t -o /dev/null -v ON_ERROR_STOP=1 -v database=carillon -v "services=$(echo "$services" | paste -sd,)" \
  -f $here/roles.sql postgres
rules=$(ask -c 'SHOW hba_file') map=$(ask -c 'SHOW ident_file')
for service in $services; do
  grep -qs "^carillon carillon-$service " "$map" || echo "carillon carillon-$service carillon_$service" >>"$map"
done
# The first rule that fits counts. It names the daemons' roles alone, so that administrators enter as before.
roles=$(for service in $services; do echo "carillon_$service"; done | paste -sd,)
{ echo "local carillon $roles peer map=carillon" && sed '/^local carillon .* map=carillon$/d' "$rules"; } >"$rules.new"
cat "$rules.new" >"$rules"
rm "$rules.new"
ask -c 'SELECT pg_reload_conf()' >/dev/null
