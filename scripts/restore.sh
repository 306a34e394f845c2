#!/usr/bin/env bash
# Replaces the database by a copy that `make backup` has written, and verifies it. The old database is kept; the
# program prints its new name. Refuses while a service runs on the database. With ENGINE=postgresql, the copy is
# imported into a new database, and the old one gets another name.
#
# No arguments. In the environment:
#   FROM    the copy, such as run/backups/bets-20261123T100000.000Z.db
#   ENGINE  postgresql: the database of the cluster in run/postgresql/ (default: that of storage.path)
#   BUILD   the build folder (default: build); if it has no program, the service's image is used
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/.."
. scripts/messages.sh
. scripts/settings.sh
. scripts/run_folder.sh
. scripts/database.sh
. scripts/local_service.sh
. scripts/containers.sh
. scripts/postgresql_cluster.sh
. scripts/storage.sh

program=$(path_of "${BUILD:-build}")/bin/lottery_service

if [ -z "${FROM:-}" ]; then die "Which copy? make restore FROM=$backup_folder/bets-....db"; fi
from=$(path_of "$FROM")

refuse_service_of_others
refuse_files_of_others
refuse_database_of_others
lock_run_folder

# A container may have written to the database's folder, so it is read as the database's user. Links on the way can
# change where it is.
if [ -L "$from" ] || [ ! -f "$from" ]; then die "$from is not a regular file, so it can't be restored."; fi
refuse_results FROM "$from"
as_reader=()
file=$(realpath -- "$from")
if [[ $file == "$(realpath --canonicalize-missing -- "$database_folder")"/* ]]; then
  as_reader=("${as_database_user[@]}")
fi
if ! "${as_reader[@]}" test -r "$file"; then die "$from can't be read by $(name_of_user "$(id -u)")."; fi

# Writes the copy to standard output. Opens it only once, and fails if it has become a link or a pipe.
read_copy() { "${as_reader[@]}" dd if="$file" iflag=nofollow,nonblock bs=1M status=none; }

engine=$(engine_version)
choose_storage local

# Imports the copy into a new database of the cluster. If that fails, the old one is unchanged.
restore_into_cluster() {
  local before copy code=0
  if [ ${#service_pids[@]} -ne 0 ]; then die "The service is running on $cluster_folder: run 'make down' first."; fi
  if [ ! -x "$program" ]; then die "lottery_service is not built yet: run 'make build' first."; fi
  borrow_cluster
  make_run_folders "$backup_folder"
  copy=$(mktemp "$backup_folder/restoring.XXXXXX")
  # shellcheck disable=SC2064  # the name is known now
  trap "rm -f -- '$copy'" EXIT
  read_copy >"$copy"
  before=lottery_before_restore_$(date -u +%Y%m%d_%H%M%S)
  echo "ALTER DATABASE lottery RENAME TO $before;" | run_as_admin
  create_database
  "$program" --config=service/service.properties "${storage_options[@]}" --import="$copy" || code=$?
  if [ "$code" -ne 0 ]; then
    printf '%s\n' "DROP DATABASE lottery;" "ALTER DATABASE $before RENAME TO lottery;" | run_as_admin
  fi
  return_cluster
  if [ "$code" -ne 0 ]; then die "The restore failed. The database in $cluster_folder is unchanged."; fi
  say "The previous database is kept as $before in $cluster_folder. Start the service:  make up ENGINE=postgresql AGENCIES=0"
}

if [ "${ENGINE:-}" = postgresql ]; then
  restore_into_cluster
  exit
elif [ "$storage" = postgresql ]; then
  die "storage.engine is postgresql: make an empty database, and copy the backup into it with lottery_service --import=$from"
fi
refuse_running_service

if [ -x "$program" ]; then
  make_database_folder
  if [ ${#as_database_user[@]} -eq 0 ]; then
    "$program" --storage.path="$database" --restore="$from"
  else
    read_copy |
      "${as_database_user[@]}" "$program" --storage.path="$database" --restore=-
  fi
elif [ -n "$engine" ]; then
  make_database_folder
  give_database_to_containers
  read_copy | run_service_image --restore=- 2>&1 | printable
else
  die "lottery_service is not built yet: run 'make build' first."
fi
say "$database has been restored from $from. Start the service:  make up AGENCIES=0"
