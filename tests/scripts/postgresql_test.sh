#!/usr/bin/env bash
# `make up ENGINE=postgresql` makes a cluster and runs the draw in it, with several services if it is asked to, and the
# other scripts work on it.
#
# No arguments. BUILD in the environment: where the programs were built.
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/../.."
. tests/scripts/checks.sh
. tests/scripts/tree.sh

export STATUS_PORT=none ENGINE=postgresql

stop_cluster() { if [ -e "$tree/run/postgresql" ]; then in_tree make down; fi; }
trap 'set +e; { stop_cluster; clean_up; } >/dev/null 2>&1' EXIT

for agency in 1 2; do
  write_bets "$tree/bets/agency-$agency.csv" "Ana,Paz,$agency,1999-03-17,7574" "Luz,Paz,$agency$agency,1999-03-17,1"
done

up() { in_tree make up AGENCIES=2 DATA=bets "$@" >"$work/up.out" 2>&1 || { cat "$work/up.out"; return 1; }; }

# query SQL: asks the cluster as the service does.
query() {
  PGPASSFILE=$tree/run/postgresql/pgpass psql --no-psqlrc --quiet --tuples-only --no-align \
    --dbname="host='$tree/run/postgresql' dbname=lottery user=lottery" --command="$1"
}

runs_a_draw_with_two_services() {
  up SERVICES=2
  cat "$work/up.out"
  expect "the winners" "$(table_column 3 "$work/up.out")" "1 1"
  expect_text "$work/up.out" "The service listens on port $SERVICE_PORT "
  expect_text "$work/up.out" "The service listens on port $((SERVICE_PORT + 100)) "
  expect "the services that have been bet at" \
    "$(grep --files-with-matches 'action: apuesta_recibida' "$tree"/run/log/service*.log | wc --lines)" 2
  expect "the winners in the database" "$(query 'SELECT count(*) FROM winning_bets')" 2
  expect "the role's rights" "$(query 'SELECT rolsuper FROM pg_roles WHERE rolname = current_user')" f
  expect "the processes of the server that belong to root" \
    "$(find /proc/[1-9]*/exe -maxdepth 0 -user root -lname '*/postgres' 2>/dev/null | wc --lines)" 0
}

finds_the_draw_again_after_a_stop() {
  in_tree make down
  expect_failure query "SELECT 1"
  up AGAIN=1
  expect "the draws" "$(query 'SELECT count(*) FROM draws WHERE drawn_at IS NOT NULL')" 2
}

backs_up_and_restores() {
  local copy
  in_tree make backup
  copy=$(find "$tree/run/backups" -name 'bets-*.db')
  expect "the bets in the copy" "$(sqlite3 "$copy" 'SELECT count(*) FROM bets')" 8
  expect_failure in_tree make restore FROM="$copy"
  up AGAIN=1
  in_tree make down
  in_tree make restore FROM="$copy"
  in_tree make up AGENCIES=0
  expect "the draws" "$(query 'SELECT count(*) FROM draws')" 2
  expect "the databases" "$(query "SELECT count(*) FROM pg_database WHERE datname LIKE 'lottery%'")" 2
}

keeps_the_database_if_a_copy_is_not_right() {
  in_tree make down
  echo "no database" >"$tree/wrong.db"
  expect_failure in_tree make restore FROM=wrong.db
  in_tree make up AGENCIES=0
  expect "the draws" "$(query 'SELECT count(*) FROM draws')" 2
}

throws_the_cluster_away_if_it_is_told_to() {
  expect_failure in_tree make reset YES=1
  in_tree make down
  expect_failure in_tree make reset
  in_tree make reset YES=1
  expect "the cluster" "$(find "$tree/run" -name postgresql)" ""
}

works_where_the_servers_user_can_not_go() {
  mkdir --mode=0700 "$work/closed"
  copy_tree "$work/closed/tree"
  (
    cd -- "$work/closed/tree"
    make up AGENCIES=2 DATA="$tree/bets" >"$work/up.out" 2>&1
    expect "the winners" "$(table_column 3 "$work/up.out")" "1 1"
    [[ $(realpath run/postgresql) == /var/lib/postgresql/lottery-* ]]
    make down
    folder=$(realpath run/postgresql)
    make reset YES=1
    expect "what is left" "$(find "$folder" run/postgresql 2>/dev/null)" ""
  )
}

says_what_can_not_be() {
  expect_failure in_tree env -u ENGINE make up MODE=local SERVICES=2 >"$work/up.out" 2>&1
  expect_text "$work/up.out" "SERVICES: a bets.db belongs to one service."
  expect_failure in_tree make up ENGINE=mysql >"$work/up.out" 2>&1
  expect_text "$work/up.out" "ENGINE: 'mysql' is neither sqlite nor postgresql"
}

check "a draw is run with two services" runs_a_draw_with_two_services
check "the cluster is found again after a stop" finds_the_draw_again_after_a_stop
check "a backup is made and restored" backs_up_and_restores
check "a copy that is not right leaves the database as it was" keeps_the_database_if_a_copy_is_not_right
check "the cluster is thrown away, if that is asked for" throws_the_cluster_away_if_it_is_told_to
check_as_root "a folder that the server's user can't reach is no hindrance" works_where_the_servers_user_can_not_go
check "what can't be is said" says_what_can_not_be
report
