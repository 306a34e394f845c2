#!/usr/bin/env bash
# Deletes the database with every draw and every bet, after asking on the terminal. Refuses while a service runs on
# it.
#
# No arguments. In the environment:
#   ENGINE  postgresql: the cluster in run/postgresql/, with all of its databases (default: the file storage.path)
#   YES     1: does not ask
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

# ask_to_throw_away WHAT: ends the script unless a person, or YES=1, says yes.
ask_to_throw_away() {
  if [ "${YES:-}" != 1 ]; then
    if [ ! -t 0 ]; then
      die "This throws $1 away, but there is no terminal on which to ask first: 'make reset${ENGINE:+ ENGINE=$ENGINE} YES=1' does it without asking."
    fi
    printf 'Throw %s away, with every draw and every bet? [y/N] ' "$(say "$1")" >&2
    read -r answer || true
    case "${answer:-}" in
      y | Y | yes | Yes | YES) ;;
      *)
        echo "Nothing was changed."
        exit 1
        ;;
    esac
  fi
}

refuse_service_of_others
refuse_files_of_others
refuse_database_of_others
lock_run_folder

if [ "${ENGINE:-}" = postgresql ]; then
  if [ ! -e "$cluster_folder" ] && [ ! -L "$cluster_folder" ]; then
    say "There is no PostgreSQL cluster in $cluster_folder."
    exit 0
  fi
  if [ ${#service_pids[@]} -ne 0 ]; then die "The service is running on $cluster_folder: run 'make down' first."; fi
  ask_to_throw_away "$cluster_folder"
  if cluster_is_up; then stop_cluster; fi
  remove_cluster_folder
  say "Thrown away: $cluster_folder"
  exit 0
fi

# Until the restore is finished, this copy contains the new database.
for file in "$database".restoring-*; do
  if [ -e "$file" ] || [ -L "$file" ]; then
    die "A restore was interrupted, and its restored database is in $file: finish the restore first, with make restore FROM=... (any copy), or delete that file yourself."
  fi
done

engine=$(engine_version)
refuse_running_service

files=()
for file in "${database_files[@]}"; do
  if [ -e "$file" ] || [ -L "$file" ]; then files+=("$file"); fi
done
if [ ${#files[@]} -eq 0 ]; then
  say "There is no database $database."
  exit 0
fi
if [ -L "$database" ]; then
  die "$database is a symbolic link, and 'make reset' does not follow links: delete the link and the files that it leads to yourself."
fi

ask_to_throw_away "$database"
# Runs as the database's user, so a link in the path can't make root delete anything else.
"${as_database_user[@]}" rm -f -- "${files[@]}"
say "Thrown away: ${files[*]}"

kept=()
for file in "$database".{before-restore,before-version,unfinished}-*; do
  if [ -e "$file" ] || [ -L "$file" ]; then kept+=("$file"); fi
done
if [ ${#kept[@]} -ne 0 ]; then say "Still there, with bets of before: ${kept[*]}"; fi
