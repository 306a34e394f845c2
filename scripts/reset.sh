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
. scripts/containers.sh

refuse_service_of_others
refuse_files_of_others
refuse_database_of_others
lock_run_folder

# The new database is in this copy until the restore is finished.
for file in "$database".restoring-*; do
  if [ -e "$file" ] || [ -L "$file" ]; then
    die "A restore was interrupted, and $file is the database that it brings back: finish it first, with make restore FROM=... (any copy), or delete that file yourself."
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

if [ "${YES:-}" != 1 ]; then
  if [ ! -t 0 ]; then
    die "This throws $database away, and there is no terminal to ask on: 'make reset YES=1' does it."
  fi
  printf 'Throw %s away, with every draw and every bet? [y/N] ' "$(say "$database")" >&2
  read -r answer || true
  case "${answer:-}" in
    y | Y | yes | Yes | YES) ;;
    *)
      echo "Nothing was changed."
      exit 1
      ;;
  esac
fi
# A link on the way leads root nowhere: whoever could have made it deletes.
"${as_database_user[@]}" rm -f -- "${files[@]}"
say "Thrown away: ${files[*]}"

kept=()
for file in "$database".{before-restore,before-version,unfinished}-*; do
  if [ -e "$file" ] || [ -L "$file" ]; then kept+=("$file"); fi
done
if [ ${#kept[@]} -ne 0 ]; then say "Still there, with bets of before: ${kept[*]}"; fi
