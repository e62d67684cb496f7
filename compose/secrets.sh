#!/usr/bin/env bash
# Makes the files that compose.yaml mounts as secrets, where they are missing: the bus key, and a database password for
# the administrator and for each service. They belong to the account that calls this, which the containers run as.
set -euo pipefail
cd "$(dirname "$0")"
umask 077
mkdir -p secrets

random() { head -c 32 /dev/urandom | base64 | tr -d '=+/\n'; }

[[ -s secrets/bus.key ]] || random >secrets/bus.key
# Read by PostgreSQL's own account inside its container; the folder keeps it from others here.
[[ -s secrets/postgres ]] || { random >secrets/postgres && chmod 0644 secrets/postgres; }
[[ -s secrets/pgpass-admin ]] || printf 'postgres:5432:*:carillon_admin:%s\n' "$(<secrets/postgres)" >secrets/pgpass-admin
for service in $(awk '!/^#/ && $3 != "-" { print $1 }' ../infra/dev/services.txt); do
  [[ -s secrets/pgpass-$service ]] ||
    printf 'postgres:5432:carillon:carillon_%s:%s\n' "$service" "$(random)" >"secrets/pgpass-$service"
done
printf 'CARILLON_UID=%s\n' "$(id -u)" >.env
