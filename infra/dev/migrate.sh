#!/usr/bin/env bash
# Brings the schema of every service to the newest version, as each daemon would do when it starts.
source "$(dirname "$0")/environment.sh"

"$dev/packages.sh" build
[[ -n ${CARILLON_BIN:-} ]] || "$dev/build.sh" release
bin=${CARILLON_BIN:-$root/.build/release}
if [[ -z ${CARILLON_DATABASE_URL:-} ]]; then
  sv status "$state/service/postgres" >/dev/null 2>&1 || trap '"$dev/postgres.sh" stop' EXIT
  "$dev/postgres.sh" start
  "$dev/database.sh" carillon "$("$dev/postgres.sh" url carillon_admin postgres)"
  CARILLON_DATABASE_URL=$("$dev/postgres.sh" url 'carillon_{service}' carillon)
  export CARILLON_DATABASE_URL
fi
for service in $(schemas); do
  "$bin/carillon-$service" --migrate || die "the migration of $service failed: see above"
  say "$service: up to date"
done
