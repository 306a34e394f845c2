#!/usr/bin/env bash
# Writes a consistent, verified copy of the database to run/backups/, whether the service is running or not. The copy
# is a SQLite database for either engine. The copying program is the one in the service's container if that runs,
# otherwise the one in the build folder, otherwise the one in the service's image. A copy that fails verification is
# kept under a name that says so, and the script ends with 1.
#
# No arguments. In the environment:
#   ENGINE   postgresql: of the cluster in run/postgresql/ (default: of what storage.engine says)
#   BUILD    the build folder (default: build)
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/.."
. scripts/messages.sh
. scripts/settings.sh
. scripts/run_folder.sh
. scripts/database.sh
. scripts/containers.sh
. scripts/postgresql_cluster.sh
. scripts/storage.sh

program=$(path_of "${BUILD:-build}")/bin/lottery_service
unfinished=""
trap 'if [ -n "$unfinished" ]; then rm -f -- "$unfinished"; fi' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

refuse_files_of_others
refuse_database_of_others
choose_storage local
engine=$(engine_version)
container=""
if [ -n "$engine" ]; then container=$(our_containers --filter status=running --filter name='^/?server$'); fi
if [ "${ENGINE:-}" = postgresql ] && [ -z "$container" ]; then borrow_cluster; fi
if [ -z "$container" ] && [ "$storage" = sqlite ] && [ ! -e "$database" ]; then die "There is no database $database yet."; fi
make_run_folders "$backup_folder"
name=$backup_folder/bets-$(date -u +%Y%m%dT%H%M%S.%3NZ)

# give_access_of_database FILE: lets the database's group read FILE, if that group may read the database.
give_access_of_database() {
  local mode_and_group
  if [ ! -e "$database" ]; then return; fi
  mode_and_group=$(stat --format='%A %g' -- "$database")
  if [[ $mode_and_group =~ ^-...r.....\ ([0-9]+)$ ]] && chgrp "${BASH_REMATCH[1]}" "$1" 2>/dev/null; then
    chmod 0640 "$1"
  fi
}

# is_whole_database FILE: true if it is as long as its SQLite header says.
is_whole_database() {
  local bytes page_bytes pages
  if [ "$(head --bytes=15 -- "$1" | tr '\000' '?')" != "SQLite format 3" ]; then return 1; fi
  mapfile -t bytes < <(od --output-duplicates --address-radix=n --format=u1 --width=1 --read-bytes=32 -- "$1" | tr -d ' ')
  if [ ${#bytes[@]} -ne 32 ]; then return 1; fi
  page_bytes=$((bytes[16] * 256 + bytes[17]))
  if [ "$page_bytes" -eq 1 ]; then page_bytes=65536; fi
  pages=$((((bytes[28] * 256 + bytes[29]) * 256 + bytes[30]) * 256 + bytes[31]))
  [ "$(stat --format=%s -- "$1")" -eq $((page_bytes * pages)) ]
}

# keep_stream COMMAND ...: stores the copy that COMMAND writes to standard output, under an unused name, once it is
# complete.
keep_stream() {
  local code=0
  unfinished=$(mktemp "$name.unfinished.XXXXXX")
  { "$@" 2>&1 >"$unfinished" | printable >&2; } || code=$?
  if [ "$code" -eq 0 ] && [ -s "$unfinished" ]; then
    give_access_of_database "$unfinished"
    mv -- "$unfinished" "$name.db"
    unfinished=""
    say "The copy is $name.db"
    return
  fi
  # The program ends with 1 if it has written a copy that fails verification. The engine ends with 1 or more if it
  # loses the stream, and a killed program has written only a part.
  if [ "$code" -eq 1 ] && is_whole_database "$unfinished"; then
    give_access_of_database "$unfinished"
    mv -- "$unfinished" "$name.failed-verification.db"
    unfinished=""
    die "The copy has failed verification, and is kept as $name.failed-verification.db"
  fi
  die "There is no copy: the program that writes it failed, with exit code $code."
}

if [ -n "$container" ]; then
  keep_stream docker exec "$container" lottery_service --config=service.properties --backup=-
elif [ "$storage" = postgresql ] && [ -x "$program" ]; then
  keep_stream "${as_database_user[@]}" "$program" --config=service/service.properties "${storage_options[@]}" --backup=-
  return_cluster
elif [ -x "$program" ] && [ ${#as_database_user[@]} -eq 0 ]; then
  "$program" --storage.path="$database" --backup="$name.db"
elif [ -x "$program" ]; then
  keep_stream "${as_database_user[@]}" "$program" --storage.path="$database" --backup=-
elif [ -n "$engine" ]; then
  keep_stream run_service_image --backup=-
else
  die "lottery_service is not built yet: run 'make build' first."
fi
