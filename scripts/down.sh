#!/usr/bin/env bash
# Stops what `make up` started, as processes or in containers, and waits until it has: every batch that
# the service has read is stored and answered. Fine where nothing runs. Ends with 1 where a container
# has not ended with 0.
#
# No arguments.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/settings.sh
. scripts/local_service.sh
. scripts/containers.sh

result=0
found=""

if [ -n "$(engine_version)" ]; then
  containers=$(our_containers | sort -V | paste -s -d ' ')
  if [ -n "$containers" ]; then
    found=yes
    remove_containers || result=1
    echo "The containers have stopped, and are gone: $containers."
  fi
fi

pid=$(running_service)
if [ -n "$pid" ]; then
  found=yes
  stop_service "$pid"
  echo "The service has stopped (process $pid)."
fi
rm -f "$pid_file"

if [ -z "$found" ]; then echo "The service is not running."; fi
exit "$result"
