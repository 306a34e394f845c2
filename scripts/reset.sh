#!/usr/bin/env bash
# Throws the database away, after asking on the terminal: every draw, every bet. Refuses while a
# service runs on it.
#
# No arguments. YES=1 in the environment: does not ask.
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/.."
. scripts/messages.sh
. scripts/settings.sh
. scripts/run_folder.sh
. scripts/database.sh
. scripts/local_service.sh

refuse_service_of_others
refuse_files_of_others
refuse_database_of_others
lock_run_folder

files=()
for file in "${database_files[@]}"; do
  if [ -e "$file" ] || [ -L "$file" ]; then files+=("$file"); fi
done
if [ ${#files[@]} -eq 0 ]; then
  echo "There is no database $database."
  exit 0
fi
if [ -L "$database" ]; then
  die "$database is a symbolic link, and 'make reset' does not follow links: delete the link and the files that it leads to yourself."
fi
if [ -n "$service_pid" ] || database_is_locked; then
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
