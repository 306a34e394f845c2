#!/usr/bin/env bash
# Writes a consistent, verified copy of the database into var/backups/, while bets come in or not: with
# the program in the service's container where that runs, else with that of the build folder.
#
# No arguments.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/settings.sh
. scripts/containers.sh

database=$(service_setting storage.path var/bets.db)
if [ ! -e "$database" ]; then
  echo "There is no database $database yet." >&2
  exit 1
fi
mkdir -p var/backups
copy=var/backups/bets-$(date -u +%Y%m%dT%H%M%S.%3NZ).db

container=""
if [ -n "$(engine_version)" ]; then
  container=$(our_containers --filter status=running --filter name='^/?server$')
fi
if [ -n "$container" ]; then
  chmod g+w var/backups  # the container's user may be another one of our group
  docker exec "$container" lottery_service --config=service.properties --backup="$copy"
else
  if [ ! -x "${BUILD:-build}/bin/lottery_service" ]; then
    echo "There is no program yet that could do it: make build" >&2
    exit 1
  fi
  "${BUILD:-build}/bin/lottery_service" --storage.path="$database" --backup="$copy"
fi
