#!/usr/bin/env bash
# Follows the logs of the service and of the agencies, until Ctrl-C.
#
# No arguments.
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/.."
. scripts/messages.sh
. scripts/settings.sh
. scripts/run_folder.sh
. scripts/database.sh
. scripts/containers.sh

if [ -n "$(engine_version)" ] && [ -n "$(our_containers)" ] && [ -e "$compose_file" ]; then
  compose logs --follow | printable
  exit
fi

if [ -e "$log_folder" ] && [ ! -r "$log_folder" ]; then
  die "$log_folder belongs to $(owner_of "$log_folder"); $(name_of_user "$(id -u)") can't read it."
fi
logs=()
for log in "$log_folder"/service.log "$log_folder"/agency-*.log; do
  if [ -e "$log" ]; then logs+=("$log"); fi
done
if [ ${#logs[@]} -eq 0 ]; then die "There are no logs yet: 'make up' writes them."; fi
tail -F "${logs[@]}" | printable
