#!/usr/bin/env bash
# Runs the benchmarks that were built, on the real bets where they are beside the project and on sample
# bets elsewhere, and against PostgreSQL where that is installed. `make bench` calls it.
#
#   DATA    a folder with the bets, agency-1.csv to agency-5.csv
#   ROUNDS  how many rounds, 3 by default; one takes about three minutes on two cores
#   ONLY    "waiting" measures only agencies that wait for the draw, which takes a minute a round; "peers"
#           only agencies beside peers that ask without end; "tls" only mutual TLS; "boards" only agencies beside open boards
#
# Everything is written into $BUILD/bench, on the disk that is to be measured.
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

# as_postgres PROGRAM ...: runs it in the cluster's folder. PostgreSQL does not run as root. Its programs hand
# paths to a shell, so they are told none that anybody could have chosen: only names in this folder.
as_postgres() {
  (
    cd -- "$cluster" || exit 1
    if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
  )
}

cluster=""
stop_postgres() {
  if [ -z "$cluster" ]; then return; fi
  as_postgres "$postgres/pg_ctl" --pgdata=data --mode=immediate stop >/dev/null 2>&1 || true
  rm -rf -- "$cluster"
}
trap stop_postgres EXIT

# A PostgreSQL of its own, reached over TCP as the lottery is, with its defaults but for the cleaning up
# behind the scenes, which would go on while others are measured. Nothing of an existing one is touched.
connection=()
postgres=$(printf '%s\n' /usr/lib/postgresql/*/bin | tail -n 1)
if [ -x "$postgres/initdb" ] && [ -x "$build/bin/postgres_loop" ]; then
  cluster=$output/postgres
  port=$((20000 + RANDOM % 10000))
  rm -rf -- "$cluster"
  mkdir "$cluster"
  if [ "$(id -u)" -eq 0 ]; then chown postgres "$cluster"; fi
  if as_postgres "$postgres/initdb" --pgdata=data --username=bench --auth=trust \
    >"$output/postgres.log" 2>&1 &&
    as_postgres "$postgres/pg_ctl" --pgdata=data --log=log --wait start \
      --options="-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories='' -c autovacuum=off" \
      >>"$output/postgres.log" 2>&1; then
    connection=("host=127.0.0.1 port=$port user=bench dbname=postgres")
  else
    echo "PostgreSQL could not be started, so it is left out; see $output/postgres.log" >&2
  fi
else
  echo "PostgreSQL (the packages postgresql and libpq-dev) is not installed, and is left out." >&2
fi

options=()
if [ -n "${ONLY:-}" ]; then options=(--only="$ONLY"); fi

"$build/bin/lottery_benchmark" "${options[@]}" "$output" "$bets" "$rounds" "${connection[@]}"
