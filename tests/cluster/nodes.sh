# shellcheck shell=bash
# Three PostgreSQL nodes with automatic failover (pg_auto_failover) and their monitor, each in a network namespace of
# its own, and one namespace for the lottery. For run.sh to source, after tests/scripts/checks.sh.
# shellcheck disable=SC2154  # checks.sh sets work

nodes=(1 2 3)
monitor_address=10.77.0.1
lottery_address=10.77.0.2
cluster_programs=/usr/lib/postgresql/15/bin
healthy_timeout_seconds=180

# Names of namespaces are of the whole machine.
prefix=lottery-$$
address_of() { echo "10.77.0.1$1"; }

# in_namespace NAME COMMAND ...
in_namespace() {
  local name=$1
  shift
  ip netns exec "$prefix-$name" "$@"
}

# as_postgres NAME COMMAND ...: runs it in the namespace, as the user postgres, who has a folder of its own for each.
as_postgres() {
  local name=$1
  shift
  in_namespace "$name" setpriv --reuid=postgres --regid=postgres --init-groups -- env -i \
    PATH="$cluster_programs:/usr/bin:/bin" HOME="$work/$name" XDG_CONFIG_HOME="$work/$name/config" \
    XDG_DATA_HOME="$work/$name/share" XDG_RUNTIME_DIR="$work/$name/run" PG_REGRESS_SOCK_DIR="$work/$name" PGHOST="$work/$name" \
    LC_ALL=C.UTF-8 PGDATA="$work/$name/data" "$@"
}

# make_namespace NAME ADDRESS: connects it to the hub's bridge.
make_namespace() {
  local link=lot${#1}$1
  ip netns add "$prefix-$1"
  ip -n "$prefix-$1" link add eth0 type veth peer name "$link" netns "$prefix-hub"
  ip -n "$prefix-$1" addr add "$2/24" dev eth0
  ip -n "$prefix-$1" link set eth0 up
  ip -n "$prefix-$1" link set lo up
  ip -n "$prefix-hub" link set "$link" master bridge up
}

make_network() {
  local node
  ip netns add "$prefix-hub"
  ip -n "$prefix-hub" link add bridge type bridge
  ip -n "$prefix-hub" link set bridge up
  make_namespace monitor "$monitor_address"
  make_namespace lottery "$lottery_address"
  for node in "${nodes[@]}"; do make_namespace "node$node" "$(address_of "$node")"; done
}

make_folder() {
  mkdir "$work/$1" "$work/$1/config" "$work/$1/share" "$work/$1/run"
  chown -R postgres: "$work/$1"
}

# sql NAME DATABASE STATEMENT: asks the server in that namespace.
sql() {
  as_postgres "$1" psql --no-psqlrc --quiet --tuples-only --no-align --host="$work/$1" --dbname="$2" --command="$3"
}

# wait_until SECONDS WHAT COMMAND ...: fails with a sentence if the command does not succeed in time.
wait_until() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    if [ "$SECONDS" -ge "$deadline" ]; then
      echo "not in time: $what"
      return 1
    fi
    sleep 0.1
  done
}

make_monitor() {
  make_folder monitor
  as_postgres monitor pg_autoctl create monitor --pgdata "$work/monitor/data" --hostname "$monitor_address" --auth trust \
    --no-ssl --pgport 5432 >"$work/monitor.log" 2>&1
  # Failures are to be noticed in seconds. The values are in milliseconds.
  cat >>"$work/monitor/data/postgresql.conf" <<'END'
fsync = off
pgautofailover.health_check_period = 1000
pgautofailover.health_check_timeout = 1000
pgautofailover.health_check_max_retries = 1
pgautofailover.health_check_retry_delay = 500
pgautofailover.node_considered_unhealthy_timeout = 4000
pgautofailover.primary_demote_timeout = 5000
pgautofailover.startup_grace_period = 2000
END
  as_postgres monitor pg_autoctl run >>"$work/monitor.log" 2>&1 &
  wait_until 60 "the monitor answers" sql monitor pg_auto_failover "SELECT 1"
  echo "host all all 10.77.0.0/24 trust" >>"$work/monitor/data/pg_hba.conf"
  sql monitor pg_auto_failover "SELECT pg_reload_conf()" >/dev/null
}

make_node() {
  local node=node$1
  make_folder "$node"
  as_postgres "$node" pg_autoctl create postgres --pgdata "$work/$node/data" --hostname "$(address_of "$1")" \
    --name "$node" --auth trust --no-ssl --pgport 5432 \
    --monitor "postgres://autoctl_node@$monitor_address:5432/pg_auto_failover" >"$work/$node.log" 2>&1
  echo "host all all 10.77.0.0/24 trust" >>"$work/$node/data/pg_hba.conf"
  as_postgres "$node" pg_autoctl config set timeout.network_partition_timeout 5 >>"$work/$node.log" 2>&1
  start_node "$1"
}

start_node() { as_postgres "node$1" pg_autoctl run >>"$work/node$1.log" 2>&1 & }

# True if there are a primary and two secondaries, and nothing is about to change.
cluster_is_healthy() {
  [ "$(sql monitor pg_auto_failover "
    SELECT string_agg(reportedstate::text, ' ' ORDER BY reportedstate::text)
    FROM pgautofailover.node WHERE reportedstate = goalstate AND health = 1")" = "primary secondary secondary" ]
}

wait_until_healthy() {
  if wait_until "$healthy_timeout_seconds" "the cluster has a primary and two secondaries" cluster_is_healthy; then return; fi
  sql monitor pg_auto_failover "SELECT nodename, reportedstate, goalstate, health FROM pgautofailover.node"
  return 1
}

make_cluster() {
  local node
  make_network
  make_monitor
  for node in "${nodes[@]}"; do
    make_node "$node"
    wait_until 120 "node $node has a role" node_has_role "$node"
  done
  wait_until_healthy
}

node_has_role() {
  [ "$(sql monitor pg_auto_failover "SELECT count(*) FROM pgautofailover.node
    WHERE nodename = 'node$1' AND reportedstate = goalstate AND reportedstate <> 'init'")" = 1 ]
}

# The number of the node that is the primary.
primary() {
  sql monitor pg_auto_failover "SELECT right(nodename, 1) FROM pgautofailover.node
    WHERE reportedstate IN ('primary', 'wait_primary', 'single') AND goalstate = reportedstate"
}

pids_of() { ip netns pids "$prefix-$1"; }

# signal_node SIGNAL NODE: to every process of the node, and to those that it starts meanwhile.
signal_node() {
  local before="" now
  now=$(pids_of "node$2")
  while [ "$now" != "$before" ]; do
    # shellcheck disable=SC2086  # a list
    kill "-$1" $now 2>/dev/null || true
    before=$now
    now=$(pids_of "node$2")
    if [ "$1" = KILL ] && [ -z "$now" ]; then return; fi
  done
}

# Three ways to lose a node, and back.
kill_node() { signal_node KILL "$1"; }
bring_back_killed_node() { start_node "$1"; }
freeze_node() { signal_node STOP "$1"; }
bring_back_frozen_node() { signal_node CONT "$1"; }
cut_off_node() { ip -n "$prefix-node$1" link set eth0 down; }
bring_back_cut_off_node() { ip -n "$prefix-node$1" link set eth0 up; }

remove_cluster() {
  local name pids
  for name in lottery monitor node1 node2 node3; do
    pids=$(pids_of "$name" 2>/dev/null | paste -s -d ' ') || continue
    # shellcheck disable=SC2086  # a list
    if [ -n "$pids" ]; then kill -KILL $pids 2>/dev/null || true; fi
  done
  for name in lottery monitor node1 node2 node3 hub; do ip netns del "$prefix-$name" 2>/dev/null || true; done
}
