#!/usr/bin/env bash
# Where a run puts its files: var/ holds the database alone, and everything else is in run/.
#
# No arguments. BUILD in the environment: where the programs were built.
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/../.."
. tests/scripts/checks.sh
. tests/scripts/tree.sh

new_files() { find "$tree" -newer "$work/began" ! -path "$tree" -printf '%P\n' | sort; }

keeps_the_folders() {
  write_bets "$work/bets/agency-1.csv" Ana,Paz,30904465,1999-03-17,7574
  touch "$work/began"
  in_tree make up MODE=local AGENCIES=1 DATA="$work/bets"
  in_tree make up MODE=local AGENCIES=2
  in_tree make backup
  in_tree make down
  new_files
  expect "elsewhere" "$(new_files | grep --invert-match --line-regexp 'run\|run/.*\|var\|var/.*' || true)" ""
  expect "in var" "$(new_files | grep '^var/' | paste -s -d ' ')" "var/bets.db"
  expect "what is ignored" "$(cd -- "$project" && grep --line-regexp '/var/\|/run/' .gitignore | paste -s -d ' ')" \
    "/var/ /run/"
  for path in log/service.log log/agency-2.log results/agency-2/result.json sample-bets/agency-2.csv; do
    [ -f "$tree/run/$path" ]
  done
}

closes_what_holds_names() {
  local folder
  for folder in var run/log run/results run/backups; do
    expect "$folder" "$(stat --format=%a "$tree/$folder")" 750
    expect "what others may do in $folder" "$(find "$tree/$folder" -perm /o=rwx)" ""
  done
}

# What logrotate(8) does with copytruncate: a program that does not append would go on behind a hole.
lets_its_log_be_truncated() {
  local log=$tree/run/log/service.log pid
  in_tree make up MODE=local AGENCIES=0
  pid=$(cat "$tree/run/service.pid")
  until_true 10 grep --quiet 'action: listen' "$log"
  truncate --size=0 "$log"
  kill -HUP "$pid"
  until_true 10 grep --quiet --text 'action: hangup | result: ignored' "$log"
  expect "zeros in the log" "$(tr --delete --complement '\000' <"$log" | wc --bytes)" 0
  in_tree make down
}

check "var/ holds the database alone, and run/ everything else" keeps_the_folders
check "names and documents are closed to others" closes_what_holds_names
check "the service's log may be truncated while it writes" lets_its_log_be_truncated
report
