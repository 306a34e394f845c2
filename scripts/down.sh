#!/usr/bin/env bash
# Stops what `make up` started, as processes or in containers, including its PostgreSQL cluster, and waits until it
# has stopped. Every batch that the service has read is stored and answered. Does nothing if nothing runs. Ends with 1
# if the service's container did not end with 0, or an agency's container with neither 0 nor 143; if one can't be
# removed; if the service belongs to another user; or if a service that was not found has the database open.
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
. scripts/local_service.sh
. scripts/containers.sh
. scripts/postgresql_cluster.sh

result=0
found=""

refuse_service_of_others

engine=$(engine_version)
if [ -n "$engine" ]; then
  containers=$(our_containers | sort -V | paste -s -d ' ')
  if [ -n "$containers" ]; then
    found=yes
    refuse_files_of_others
    remove_containers || result=1
    if [ -n "$containers_are_gone" ]; then say "The containers have stopped, and are gone: $containers."; fi
  elif [ -O "$compose_file" ]; then
    rm -f "$compose_file"
  fi
elif [ -e "$compose_file" ]; then
  found=yes
  result=1
  echo "$(owner_of "$compose_file") started containers in this folder, but no Docker engine answers $(name_of_user "$(id -u)"), so it is not known whether they still run." >&2
fi

if [ ${#service_pids[@]} -ne 0 ]; then
  found=yes
  stop_services
  for pid in "${service_pids[@]}"; do echo "The service has stopped (process $pid)."; done
fi
remove_pid_files

if cluster_is_up; then
  found=yes
  stop_cluster
  echo "The PostgreSQL server of $cluster_folder has stopped."
fi

# A service that this folder's files no longer mention.
if database_is_locked; then
  found=yes
  result=1
  say "A service that was not started in this folder uses the database $database: $(database_holder). Stop it in the way that it was started, or with kill." >&2
fi

if [ -z "$found" ]; then echo "The service is not running."; fi
exit "$result"
