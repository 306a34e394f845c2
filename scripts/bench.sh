#!/usr/bin/env bash
# Runs the benchmarks, with the real bets if they are next to the project and with sample bets otherwise, and against
# PostgreSQL if it is installed. `make bench` calls it.
#
#   DATA    a folder with the bets, agency-1.csv to agency-5.csv
#   ROUNDS  how many rounds, 3 by default; one takes about three minutes on two cores
#   ONLY    measures one part: "agencies" (uploads by 1 to 100 of them), "waiting" (agencies that wait for the draw; a
#           minute a round), "peers" (agencies beside peers that ask without end), "tls", "boards" (agencies beside open
#           boards) or "postgresql"
#   BEFORE  a git revision: builds its service, and measures only five agencies, with that and with this one in turn
#
# Writes only to $BUILD/bench, so that is the disk that is measured.
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/.."
. scripts/settings.sh

build=$(path_of "${BUILD:-build}")
rounds=${ROUNDS:-3}
mkdir -p -- "$build/bench"
output=$(realpath -- "$build/bench")

bets=$(path_of "${DATA:-../shared/data}")
if [ ! -e "$bets/agency-1.csv" ]; then
  bets=$output/sample-bets
  mkdir -p "$bets"
  for agency in 1 2 3 4 5; do
    awk -v agency="$agency" -f scripts/sample_bets.awk >"$bets/agency-$agency.csv"
  done
fi

# PostgreSQL's server does not run as root. Its programs pass paths to a shell, so they get only fixed names, in
# this folder.
# as_postgres PROGRAM ...: runs it in the clusters' folder.
as_postgres() {
  (
    cd -- "$clusters" || exit 1
    if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
  ) >>"$output/postgres.log" 2>&1
}

clusters=""
stop_postgres() {
  local cluster
  if [ -z "$clusters" ]; then return; fi
  for cluster in replica replicated alone; do
    as_postgres "$postgres/pg_ctl" --pgdata="$cluster" --mode=immediate stop || true
  done
  rm -rf -- "$clusters"
}
trap stop_postgres EXIT

# start_cluster NAME PORT OPTION ...
start_cluster() {
  local name=$1 port=$2
  shift 2
  as_postgres "$postgres/pg_ctl" --pgdata="$name" --log="$name.log" --wait start \
    --options="-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories='' -c autovacuum=off $*"
}

# One single server, and one with a synchronous replica. Clients use TCP, as the lottery does. The settings are the
# defaults, except that background clean-up, which would run while others are measured, is off. Existing clusters are
# not touched.
start_postgres() {
  as_postgres "$postgres/initdb" --pgdata=alone --username=bench --auth=trust &&
    start_cluster alone "$port" &&
    as_postgres "$postgres/initdb" --pgdata=replicated --username=bench --auth=trust &&
    start_cluster replicated $((port + 1)) &&
    as_postgres "$postgres/pg_basebackup" --pgdata=replica --write-recovery-conf \
      --dbname="host=127.0.0.1 port=$((port + 1)) user=bench application_name=replica" &&
    start_cluster replica $((port + 2)) &&
    as_postgres "$postgres/psql" --host=127.0.0.1 --port=$((port + 1)) --username=bench --dbname=postgres \
      --command="ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (*)'" --command="SELECT pg_reload_conf()"
}

# Builds the service of the revision BEFORE, and prints its path.
build_older_service() {
  local older=$output/before
  rm -rf -- "$older"
  git -c safe.directory="$PWD" archive --format=tar --prefix=before/ "$BEFORE" | tar -C "$output" -x
  cmake -S "$older" -B "$older/build" -DCMAKE_BUILD_TYPE=Release >&2
  cmake --build "$older/build" --parallel "$(nproc)" --target lottery_service >&2
  printf '%s\n' "$older/build/bin/lottery_service"
}

if [ -n "${BEFORE:-}" ]; then
  older_service=$(build_older_service)
  exec "$build/bin/lottery_benchmark" --before="$older_service" "$output" "$bets" "$rounds"
fi

connections=()
postgres=$(printf '%s\n' /usr/lib/postgresql/*/bin | tail -n 1)
if [ -x "$postgres/initdb" ]; then
  clusters=$output/postgres
  port=$((20000 + RANDOM % 10000))
  rm -rf -- "$clusters"
  mkdir "$clusters"
  if [ "$(id -u)" -eq 0 ]; then chown postgres "$clusters"; fi
  : >"$output/postgres.log"
  if start_postgres; then
    connections=("host=127.0.0.1 port=$port user=bench dbname=postgres"
      "host=127.0.0.1 port=$((port + 1)) user=bench dbname=postgres")
  else
    echo "PostgreSQL could not be started, so it is left out; see $output/postgres.log" >&2
  fi
else
  echo "PostgreSQL (the package postgresql) is not installed, and is left out." >&2
fi

options=()
if [ -n "${ONLY:-}" ]; then options=(--only="$ONLY"); fi

"$build/bin/lottery_benchmark" "${options[@]}" "$output" "$bets" "$rounds" "${connections[@]}"
