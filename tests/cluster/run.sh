#!/usr/bin/env bash
# Tests the lottery on a PostgreSQL cluster of three nodes with synchronous replication and automatic failover: the
# primary is killed, frozen and cut off from the network while five agencies upload. As root, because each node has a
# network namespace of its own. Nothing leaves this machine. Takes about three minutes, and removes everything it made.
#
#   tests/cluster/run.sh [PATTERN]     only the tests whose name contains PATTERN
#
# BUILD in the environment: where the programs were built (default: build).
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/../.."
# shellcheck disable=SC2034  # checks.sh reads it
only=${1:-}
pattern=""
timeout_seconds=900

if [ "$(id -u)" -ne 0 ]; then
  echo "run.sh: the tests of the cluster make network namespaces, and only root can: sudo make test-cluster" >&2
  exit 1
fi
scripts/install_packages.sh cluster
. tests/scripts/checks.sh
. tests/cluster/nodes.sh
. tests/cluster/lottery.sh

clean_up() {
  remove_cluster
  rm -rf --one-file-system -- "$work"
}
# Whatever hangs, this ends.
(
  exec >/dev/null 2>&1
  sleep "$timeout_seconds" && kill -TERM $$
) &
watchdog=$!
trap 'set +e; kill "$watchdog"; clean_up >/dev/null 2>&1' EXIT

check "a cluster with a primary and two synchronous secondaries" make_cluster
if [ "$failed" -ne 0 ]; then
  tail -n 25 "$work"/*.log
  report
fi
check "the database of the lottery" make_database
pattern=$only
check "the killed primary" survives_a_killed_primary
check "the frozen primary" survives_a_frozen_primary
check "the primary that is cut off" survives_a_primary_that_is_cut_off
check "one of two services is killed" survives_a_killed_service
cat "$work/times" 2>/dev/null || true
report
