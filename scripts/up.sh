#!/usr/bin/env bash
# Runs a draw: starts the service in the background, anew where it runs already, has every agency
# upload its bets at the same time, and shows who bet and won how much. The service stays up. Ends with
# 1 where an agency has failed.
#
# No arguments. In the environment:
#   MODE      docker: in containers; local: as processes of this machine (default: docker where an
#             engine answers)
#   AGENCIES  a count, or ids with commas between (default: lottery.agencies); 0 starts the service only
#   DATA      folder of agency-1.csv and so on (default: sample bets, made in var/sample-bets)
#   AGAIN     1: bets that were drawn already are bet again, in the next draw (default: 0, their winners
#             are shown once more)
#   BUILD     where the programs are built, for MODE=local (default: build)
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/settings.sh
. scripts/local_service.sh
. scripts/containers.sh
. scripts/closing_table.sh

build=${BUILD:-build}
log_folder=var/log

# How often it is looked who has ended, and who waits for a draw that can't happen any more.
check_seconds=0.2

# ---- Where it runs

mode=${MODE:-}
engine=$(engine_version)
case "$mode" in
  docker)
    echo "make up: in containers (MODE=docker)"
    if [ -z "$engine" ]; then die "No Docker engine answers; 'docker version' may tell why."; fi
    if ! has_compose; then scripts/install_packages.sh compose; fi
    ;;
  local) echo "make up: as processes of this machine (MODE=local)" ;;
  "")
    if [ -z "$engine" ]; then
      mode=local
      echo "make up: as processes of this machine (no Docker engine answers)"
    else
      mode=docker
      echo "make up: in containers (Docker engine $engine)"
      if ! has_compose; then scripts/install_packages.sh compose; fi
    fi
    ;;
  *) die "MODE: '$mode' is neither docker nor local" ;;
esac

# ---- What is asked for

agencies=${AGENCIES:-$(service_setting lottery.agencies 5)}
agencies=${agencies//[[:space:]]/}
ids=()
if [[ $agencies =~ ^[1-9][0-9]{0,3}$|^10000$ ]]; then
  mapfile -t ids < <(seq 1 "$agencies")
elif [[ $agencies =~ ^[0-9]+(,[0-9]+)+$ ]]; then
  IFS=, read -r -a ids <<<"$agencies"
elif [ "$agencies" != 0 ]; then
  die "AGENCIES: '$agencies' is neither a count from 0 to 10000 nor a list of ids, such as 1,2,7"
fi

port=$(service_setting service.port 12345)
if [ "$port" = 0 ]; then die "service.port: 'make up' needs a port that is not 0"; fi
database=$(service_setting storage.path var/bets.db)

# A draw that an earlier run left open goes on where it was. The table is read from the agencies' log
# lines.
agency_options=()
if [ "${AGAIN:-0}" = 1 ]; then agency_options+=(--again); fi
case "$(setting logging.loggers.root.level agency_client/agency.properties information)" in
  information | debug | trace) ;;
  *) agency_options+=(--logging.loggers.root.level=information) ;;
esac

mkdir -p "$log_folder"
exec {lock}>var/up.lock
flock --nonblock "$lock" || die "Another 'make up' is at work here."

# ---- The bets

bets_folder=${DATA:-var/sample-bets}

make_sample_bets() {
  local id file
  mkdir -p "$bets_folder"
  for id in "${ids[@]}"; do
    file=$bets_folder/agency-$id.csv
    if [ "$file" -nt scripts/sample_bets.awk ]; then continue; fi
    LC_ALL=C awk -v agency="$id" -f scripts/sample_bets.awk >"$file.part"
    mv "$file.part" "$file"
  done
}

if [ -z "${DATA:-}" ]; then make_sample_bets; fi
for id in "${ids[@]}"; do
  file=$bets_folder/agency-$id.csv
  if [ ! -r "$file" ]; then die "The bets of agency $id can't be read: there should be a file $file"; fi
done

# ---- The service

declare -A running_agencies=()  # their processes or containers, by agency
declare -A exit_codes=()        # of the others, by agency
stopped=""                      # why the agencies were stopped, if they were

# shellcheck source=scripts/up_local.sh
. "scripts/up_$mode.sh"

prepare_programs
running=$(running_service)
if [ -n "$running" ]; then
  stop_service "$running"
  echo "The service that was running (process $running) has stopped; starting it anew."
fi
if [ -n "$engine" ] && [ -n "$(our_containers)" ]; then
  remove_containers || true
  echo "The service that was running (container server) has stopped; starting it anew."
fi
start_service

# ---- The agencies

stop_agencies() {
  stopped=$1
  tell_agencies_to_stop
}

# The agencies of the open draw for which the condition $1 holds, on a line; none where the database
# can't be read now.
open_draw_agencies() {
  sqlite3 -readonly "$database" \
    "SELECT agency_id FROM agencies JOIN draws USING (draw_id)
     WHERE drawn_at IS NULL AND $1 ORDER BY agency_id" 2>/dev/null |
    tr '\n' ' ' || true
}

# An agency that has closed its books waits for the draw, and that waits for all agencies. Where one
# of them has failed, or is none of ours, the wait has no end: when only waiting ones are left, ends
# it.
stop_agencies_that_wait_in_vain() {
  local id done_agencies
  if [ ${#running_agencies[@]} -eq 0 ]; then return; fi
  done_agencies=" $(open_draw_agencies "done_at IS NOT NULL")"
  for id in "${!running_agencies[@]}"; do
    if [[ $done_agencies != *" $id "* ]]; then return; fi
  done
  stop_agencies "no draw yet"
}

on_signal() {
  echo "Stopping the agencies." >&2
  stop_agencies "interrupted"
}

rm -f "$log_folder"/agency-*.log
began=$EPOCHREALTIME
trap on_signal INT TERM
if [ ${#ids[@]} -ne 0 ]; then
  echo "${#ids[@]} agencies are betting, with the bets of $bets_folder; 'make logs' shows them at it."
fi
start_agencies

while [ ${#running_agencies[@]} -ne 0 ]; do
  # A signal ends a wait, and not a sleep. (wait -n would miss an agency that has ended before it.)
  sleep "$check_seconds" {lock}>&- &
  wait $! || true
  collect_ended_agencies
  if [ -z "$stopped" ]; then stop_agencies_that_wait_in_vain; fi
done
trap - INT TERM

# ---- What came of it

failed=0
if [ ${#ids[@]} -ne 0 ]; then
  echo
  print_table
  echo
fi

if [ "$failed" -ne 0 ]; then
  waits_for=$(open_draw_agencies "done_at IS NULL")
  if [ -n "$waits_for" ]; then echo "The draw still waits for agency ${waits_for% }."; fi
fi
if cat "$log_folder"/agency-*.log 2>/dev/null | grep -q ' already_stored: '; then
  echo "Bets were in already.    Bet them in the next draw:  make up AGAIN=1"
fi
echo "Look into the database:  sqlite3 $database"
if service_is_up; then
  echo "Stop the service:        make down"
else
  echo "The service has ended: see $service_log" >&2
  failed=1
fi

if [ "$stopped" = interrupted ]; then exit 130; fi
if [ "$failed" -ne 0 ]; then exit 1; fi
