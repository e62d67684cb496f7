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
[[ -s secrets/pgpass ]] || printf 'postgres:5432:*:carillon_admin:%s\n' "$(<secrets/postgres)" >secrets/pgpass
awk '!/^#/ && $3 != "-" { print $1 }' ../infra/dev/services.txt | while read -r service; do
  [[ -s secrets/database-$service ]] || random >"secrets/database-$service"
done
# For compose.nats.yaml.
[[ -s secrets/nats ]] || printf 'carillon:%s\n' "$(random)" >secrets/nats
[[ -s secrets/nats.conf ]] || {
  IFS=: read -r user password <secrets/nats
  printf 'authorization { user: %s, password: "%s" }\n' "$user" "$password" >secrets/nats.conf
}
printf 'CARILLON_UID=%s\n' "$(id -u)" >.env
