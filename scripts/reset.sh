#!/usr/bin/env bash
# Throws the database away, after asking on the terminal: every draw, every bet. Refuses while a
# service runs on it.
#
# No arguments. YES=1 in the environment: does not ask.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/local_service.sh
. scripts/settings.sh

database=$(service_setting storage.path var/bets.db)
# SQLite's own files stand beside it. The journal is there before the database is first opened as a
# WAL one.
files=()
for file in "$database" "$database-wal" "$database-shm" "$database-journal"; do
  if [ -e "$file" ]; then files+=("$file"); fi
done
if [ ${#files[@]} -eq 0 ]; then
  echo "There is no database $database."
  exit 0
fi

# A service locks its database, whoever started it.
if [ -n "$(running_service)" ] || { [ -e "$database" ] && ! flock --nonblock "$database" true; }; then
  die "The service is running on $database: 'make down' first."
fi

if [ "${YES:-}" != 1 ]; then
  if [ ! -t 0 ]; then
    die "This throws $database away, and there is no terminal to ask on: 'make reset YES=1' does it."
  fi
  read -r -p "Throw $database away, with every draw and every bet? [y/N] " answer || true
  case "${answer:-}" in
    y | Y | yes | Yes | YES) ;;
    *)
      echo "Nothing was changed."
      exit 1
      ;;
  esac
fi
rm -f -- "${files[@]}"
echo "Thrown away: ${files[*]}"
