#!/usr/bin/env bash
# Follows the logs of the service and of the agencies, until Ctrl-C.
#
# No arguments.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/settings.sh
. scripts/local_service.sh
. scripts/containers.sh

if [ -n "$(engine_version)" ] && [ -n "$(our_containers)" ] && [ -e "$compose_file" ]; then
  compose logs --follow
  exit
fi

shopt -s nullglob
logs=(var/log/service.log var/log/agency-*.log)
if [ ${#logs[@]} -eq 0 ]; then die "There are no logs yet: 'make up' writes them."; fi
exec tail -F "${logs[@]}"
