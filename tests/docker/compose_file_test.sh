#!/usr/bin/env bash
# Holds docker/compose.yaml equal to what docker/generate-compose.sh writes for five agencies. Needs no
# engine.
#
# No arguments.
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/../.."

written=$(mktemp "${TMPDIR:-/tmp}/compose.XXXXXX")
trap 'rm -f -- "$written"' EXIT
docker/generate-compose.sh 5 "$written"
diff --unified docker/compose.yaml "$written"
