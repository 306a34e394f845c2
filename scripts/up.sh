#!/usr/bin/env bash
# Runs a draw: starts the service in the background, anew if it runs already, has every agency upload its
# bets at the same time, and shows who bet and won how much. The service stays up. Ends with 1 if an
# agency has failed.
#
# No arguments. In the environment:
#   MODE      docker: in containers; local: as processes of this machine (default: docker if an engine
#             answers)
#   AGENCIES  a count, or ids with commas between (default: lottery.agencies); 0 starts the service only
#   DATA      folder of agency-1.csv and so on (default: sample bets, made in run/sample-bets)
#   AGAIN     1: bets that were drawn already are bet again, in the next draw (default: 0, their winners
#             are shown once more)
#   TLS       1: over mutual TLS, with the certificates of run/certificates/, which are made if they are missing;
#             the port is service.tls.port, or 12443 if that is none (default: 0)
#   PLAINTEXT 1: with TLS=1, service.port takes bets without certificates, too (default: 0, there is no such port)
#   ENGINE    postgresql: the ledger is in a PostgreSQL cluster, which is made in run/postgresql/, or in a container
#             with a volume of its own, and stays up (default: what storage.engine says)
#   SERVICES  how many services serve the lottery, 1 to 9, on ports that are 100 apart; more than 1 needs
#             PostgreSQL, and MODE=local (default: 1)
#   NO_BETS   1: an agency whose file is empty takes part without a bet (default: 0, it fails)
#   BUILD     where the programs are built, for MODE=local (default: build)
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
. scripts/closing_table.sh
. scripts/agency_ids.sh
. scripts/certificate_files.sh
. scripts/postgresql_cluster.sh
. scripts/storage.sh

build=$(path_of "${BUILD:-build}")

# The interval between two checks whether agencies have ended.
check_seconds=0.2
# The interval between two queries whether the agencies wait for a draw that can't happen any more.
draw_check_seconds=1

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
    if [ "${SERVICES:-1}" != 1 ]; then
      mode=local
      echo "make up: as processes of this machine (SERVICES=$SERVICES)"
    elif [ -z "$engine" ]; then
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

set_agency_ids

for name in TLS PLAINTEXT; do
  if ! [[ ${!name:-0} =~ ^[01]$ ]]; then die "$name: '${!name}' is neither 0 nor 1"; fi
done
tls=${TLS:-0}
if [ "${PLAINTEXT:-0}" = 1 ] && [ "$tls" != 1 ]; then die "PLAINTEXT=1 has an effect only with TLS=1: without TLS, the port is a plaintext port anyway."; fi

# The port that the agencies connect to. Without TLS=1, an operator may have set service.tls.port, for certificates
# of their own.
port=$(service_setting service.port 12345)
tls_port=$(service_setting service.tls.port none)
if [ "$tls" = 1 ]; then
  if ! is_port "$tls_port"; then tls_port=12443; fi
  agency_port=$tls_port
elif [ "$port" = none ] && is_port "$tls_port"; then
  agency_port=$tls_port
else
  if ! is_port "$port"; then
    die "service.port: 'make up' needs a port from 1 to 65535, not '$port' (the value is from $(service_setting_source service.port))"
  fi
  agency_port=$port
fi

services=${SERVICES:-1}
if ! [[ $services =~ ^[1-9]$ ]]; then die "SERVICES: '$services' is not a number from 1 to 9"; fi
if is_port "$agency_port" && [ $((agency_port + (services - 1) * 100)) -gt 65535 ]; then
  die "SERVICES: the ports of $services services, 100 apart and beginning at $agency_port, would exceed 65535"
fi
choose_storage "$mode"
if [ "$services" -gt 1 ] && [ "$storage" != postgresql ]; then
  die "SERVICES: a bets.db belongs to one service. Several services need PostgreSQL: make up ENGINE=postgresql SERVICES=$services"
fi
if [ "$mode" = docker ] && [ "$services" -gt 1 ]; then die "SERVICES works only with processes of this machine: add MODE=local."; fi

refuse_service_of_others
refuse_files_of_others
refuse_database_of_others
lock_run_folder
make_run_folders "$log_folder" "$results_folder"

# ---- The bets

bets_folder=$(path_of "${DATA:-$sample_bets_folder}")
refuse_references DATA "$bets_folder"
refuse_results DATA "$bets_folder"

# Sample bets contain no real names, and containers that run as another user must be able to read them.
make_sample_bets() {
  local id file
  if [ ! -d "$bets_folder" ]; then mkdir --mode=0755 "$bets_folder"; fi
  for id in "${ids[@]}"; do
    file=$bets_folder/agency-$id.csv
    if [ "$file" -nt scripts/sample_bets.awk ]; then continue; fi
    awk -v agency="$id" -f scripts/sample_bets.awk >"$file.part"
    chmod 0644 "$file.part"
    mv "$file.part" "$file"
  done
}

if [ -z "${DATA:-}" ]; then make_sample_bets; fi
for id in "${ids[@]}"; do
  file=$bets_folder/agency-$id.csv
  if [ ! -r "$file" ]; then die "The bets of agency $id can't be read: there should be a file $file"; fi
done

if [ "$tls" = 1 ]; then UP=1 AGENCIES=$agencies REVOKE='' scripts/certificates.sh; fi

# ---- The service

declare -A running_agencies=()  # their processes or containers, by agency
declare -A exit_codes=()        # of the others, by agency
stopped=""                      # why the agencies were stopped, if they were

# shellcheck source=scripts/up_local.sh
. "scripts/up_$mode.sh"

# Ends the script because the service did not start.
die_without_service() {
  die "The service could not start.${had_service:+ The one that was running before has been stopped, so none runs now.}"
}

# Prints the end of the sentence that says where the service listens.
tell_tls() {
  if [ "$tls" != 1 ]; then return; fi
  printf ', with TLS 1.3 and a certificate from every peer'
  if [ "${PLAINTEXT:-0}" = 1 ]; then printf '; on port %s without' "$port"; fi
}

# Prints the last draw that has happened; 0 if there was none. With AGAIN=1, agencies bet in the draw after this one. If
# each of them looked for itself whether its bets were drawn, the last ones could find that this new draw had just
# happened.
last_draw() {
  local draw
  draw=$(query_database "SELECT coalesce(max(draw_id), 0) FROM draws WHERE drawn_at IS NOT NULL") || draw=""
  if ! [[ $draw =~ ^[0-9]{1,18}$ ]]; then die "The database does not say which draw was the last."; fi
  printf '%s\n' "$draw"
}

# Prints the board's address, if the service has a board.
board_url=""
tell_board() { if [ -n "$board_url" ]; then say "Watch the draw:          $board_url"; fi; }

had_service=""  # if one was stopped
prepare_programs
if [ ${#service_pids[@]} -ne 0 ]; then
  stop_services
  had_service=1
  echo "The service that was running (process ${service_pids[*]}) has stopped; starting it anew."
fi
if [ -n "$engine" ] && [ -n "$(our_containers)" ]; then
  remove_containers || true
  if [ -z "$containers_are_gone" ]; then die "The service that is running could not be stopped. It is left as it is."; fi
  had_service=1
  echo "The service that was running (container server) has stopped; starting it anew."
fi
make_database_folder
if [ "${ENGINE:-}" = postgresql ] && [ "$mode" = local ]; then prepare_cluster; fi
start_service

# ---- The agencies

stop_agencies() {
  stopped=$1
  tell_agencies_to_stop
}

# Prints the agencies of the open draw for which the condition $1 is true, on one line; nothing if the database can't be
# read now.
open_draw_agencies() {
  query_database "SELECT agency_id FROM agencies JOIN draws USING (draw_id)
    WHERE drawn_at IS NULL AND $1 ORDER BY agency_id" 2>/dev/null </dev/null |
    { grep --text --line-regexp '[0-9]\{1,10\}' || true; } | paste -s -d ' ' || true
}

# An agency that has closed its books waits for the draw, and the draw waits for all agencies. If an agency has failed,
# or was not started by this script, the draw never happens. So when only waiting agencies are left, this stops them.
stop_agencies_that_wait_in_vain() {
  local id done_agencies
  if [ ${#running_agencies[@]} -eq 0 ] || [ "$SECONDS" -lt "$next_draw_check" ]; then return; fi
  next_draw_check=$((SECONDS + draw_check_seconds))
  done_agencies=" $(open_draw_agencies "done_at IS NOT NULL") "
  for id in "${!running_agencies[@]}"; do
    if [[ $done_agencies != *" $id "* ]]; then return; fi
  done
  stop_agencies "no draw yet"
}

on_signal() {
  echo "Stopping the agencies." >&2
  stop_agencies "interrupted"
}

# Each agency starts with an empty folder that it owns. An older folder may contain links that a container has made; rm
# does not follow them.
make_results_folders() {
  local id
  rm -rf --one-file-system -- "$results_folder" "$log_folder"/agency-*.log
  make_run_folders "$results_folder"
  for id in "${ids[@]}"; do make_run_folders "$results_folder/agency-$id"; done
}

make_results_folders
next_draw_check=0
trap on_signal INT TERM
if [ ${#ids[@]} -ne 0 ]; then
  say "${#ids[@]} agencies are betting, with the bets of $bets_folder; 'make logs' shows their progress."
fi
start_agencies

while [ ${#running_agencies[@]} -ne 0 ]; do
  # The sleep is in the background because a signal ends a wait, but not a sleep. (wait -n would miss an agency that has
  # ended before it.)
  sleep "$check_seconds" {lock}>&- &
  wait $! || true
  collect_ended_agencies
  if [ -z "$stopped" ]; then stop_agencies_that_wait_in_vain; fi
done
trap - INT TERM

# ---- What came of it

failed=0
found_stored=0
if [ ${#ids[@]} -ne 0 ]; then
  echo
  print_table
  echo
fi

waits_for=""
if [ "$failed" -ne 0 ]; then
  waits_for=$(open_draw_agencies "done_at IS NULL")
  if [ -n "$waits_for" ]; then echo "The draw still waits for agency ${waits_for// /, }."; fi
fi
drawn_before=""  # agencies that have shown the result of an earlier draw, and are missing in this one
for id in $waits_for; do
  if [ "${exit_codes[$id]:-}" = 0 ]; then drawn_before+="${drawn_before:+, }$id"; fi
done
if [ "$found_stored" -ne 0 ] && { [ -z "$waits_for" ] || [ -n "$drawn_before" ]; }; then
  # Names the same agencies and bets. With other ones, agencies would place bets that nobody meant.
  again="make up AGAIN=1"
  if [ -n "${AGENCIES:-}" ]; then again+=" AGENCIES=$agencies"; fi
  if [ -n "${DATA:-}" ]; then again+=" DATA=$(printf '%q' "$DATA")"; fi
  if [ "${NO_BETS:-0}" = 1 ]; then again+=" NO_BETS=1"; fi
  if [ "$tls" = 1 ]; then again+=" TLS=1"; fi
  if [ "${PLAINTEXT:-0}" = 1 ]; then again+=" PLAINTEXT=1"; fi
  if [ -n "${ENGINE:-}" ]; then again+=" ENGINE=$ENGINE"; fi
  if [ "$services" -gt 1 ]; then again+=" SERVICES=$services"; fi
  if [ -z "$waits_for" ]; then
    say "Bets stored already.     Place them in the next draw:  $again"
  else
    say "The bets of agency $drawn_before were drawn in an earlier draw, so they are not placed again. Place them in this draw:  $again"
  fi
fi
if [ "$tls" = 1 ] && [ ${#ids[@]} -ne 0 ]; then
  authenticated=$(query_database "SELECT count(*) FROM draw_progress WHERE closed_by IS NOT NULL
    AND draw_id = (SELECT max(draw_id) FROM draw_progress)" 2>/dev/null </dev/null || true)
  if ! [[ $authenticated =~ ^[0-9]{1,6}$ ]]; then authenticated=0; fi
  say "Authenticated over TLS:  $authenticated of ${#ids[@]} agencies, by certificates of the CA in $certificates_folder/ca (columns sent_by and closed_by of draw_progress)"
fi
tell_board
say "Look into the database:  $(database_shell "$mode")"
if service_is_up; then
  echo "Stop the service:        make down"
else
  echo "The service has ended: see $service_log" >&2
  failed=1
fi

if [ "$stopped" = interrupted ]; then exit 130; fi
if [ "$failed" -ne 0 ]; then exit 1; fi
