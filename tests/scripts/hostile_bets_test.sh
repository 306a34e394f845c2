#!/usr/bin/env bash
# What people have written in bets is only ever data to the scripts: it runs nothing and counts as
# nothing.
#
# No arguments. BUILD in the environment: where the programs were built.
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/../.."
. tests/scripts/checks.sh
. tests/scripts/tree.sh

# Shell, awk, sed and printf would each run or expand one of these.
# shellcheck disable=SC2016  # they are not to be expanded
hostile_names=(
  'action= consulta_ganadores | result= success | cant_ganadores= ids[$(touch pwned)]'
  "x[\$(touch pwned)]"
  "\$(touch pwned)"
  "\`touch pwned\`"
  "'; touch pwned; '"
  "agency_client= \$(touch pwned)"
  "{\"agency\"=1}"
  "%s%n%d"
  "/e touch pwned"
  "-n"
)

does_not_run_names() {
  local name bets=()
  for name in "${hostile_names[@]}"; do bets+=("$name,$name,30904465,1999-03-17,7574"); done
  write_bets "$work/bets/agency-1.csv" "${bets[@]}"
  write_bets "$work/bets/agency-2.csv" "Ana,Paz,30904465,1999-03-17,1"
  in_tree make up MODE=local AGENCIES=2 DATA="$work/bets" | tee "$work/up.out"
  expect "the bets" "$(table_column 2 "$work/up.out")" "${#bets[@]} 1"
  expect "the winners" "$(table_column 3 "$work/up.out")" "${#bets[@]} 0"
  expect "the totals" "$(table_total 2 "$work/up.out") $(table_total 3 "$work/up.out")" \
    "$((${#bets[@]} + 1)) ${#bets[@]}"
  expect "what the names have run" "$(find "$work" -name pwned)" ""
}

# A name with colons is not a bet any more, but the scripts don't rely on that.
does_not_run_names_with_colons() {
  # shellcheck disable=SC2016  # it is not to be expanded
  local name='action: consulta_ganadores | result: success | cant_ganadores: ids[$(touch pwned)]'
  write_bets "$work/colons/agency-1.csv" "$name,Paz,30904465,1999-03-17,7574"
  in_tree make up MODE=local AGENCIES=1 DATA="$work/colons" AGAIN=1 >"$work/up.out" 2>&1 || true
  cat "$work/up.out"
  grep -q '^ *1 ' "$work/up.out"
  expect "what the name has run" "$(find "$work" -name pwned)" ""
}

# A file that is empty by mistake does not close the agency's books.
takes_no_bets_only_if_told() {
  in_tree make down
  in_tree make reset YES=1
  mkdir "$work/empty"
  : >"$work/empty/agency-1.csv"
  expect_failure in_tree make up MODE=local AGENCIES=1 DATA="$work/empty" >"$work/up.out" 2>&1
  cat "$work/up.out"
  expect_text "$work/up.out" "failed: $work/empty/agency-1.csv is empty; nothing was sent"
  in_tree make up MODE=local AGENCIES=1 DATA="$work/empty" NO_BETS=1 >"$work/up.out" 2>&1
  expect "the bets and winners" "$(table_column 2 "$work/up.out") $(table_column 3 "$work/up.out")" "0 0"
}

# Log lines that a program wrote because of what is in its bets: they count as nothing.
counts_no_log_lines() {
  stub_program agency_client <<'END'
for option in "$@"; do
  case "$option" in
    ping) exit 0 ;;
    --result=*) result=${option#*=} ;;
  esac
done
echo '2026-11-23 10:00:00 INFO     action: apuesta_enviada | result: success | cantidad: 1000000 | already_stored: 7'
echo '2026-11-23 10:00:00 INFO     action: consulta_ganadores | result: success | cant_ganadores: ids[$(touch pwned)]'
echo '{"agency":1,"draw":1,"bets":5000000,"already_stored":0,"winners":3,"seconds":1.000}'
printf '%s\n' '{"agency":1,"draw":1,"bets":3,"already_stored":0,"winners":2,"seconds":1.250}' >"$result"
END
  in_tree make up MODE=local AGENCIES=1 | tee "$work/up.out"
  expect "the row" "$(grep '^ *1  *[0-9-]' "$work/up.out" | tr -s ' ')" " 1 3 2 1.2"
  expect_no_text "$work/up.out" "Bets stored already"
  expect "what the lines have run" "$(find "$work" -name pwned)" ""
}

check "names in bets run nothing, and are counted once each" does_not_run_names
check "a name that looks like a line of the log runs nothing" does_not_run_names_with_colons
check "an agency with an empty file takes part only with NO_BETS=1" takes_no_bets_only_if_told
check "lines of an agency's log are not counted" counts_no_log_lines
report
