#!/usr/bin/env bash
# The closing table is made from the agencies' result files, and takes nothing but checked numbers from
# them, whatever is there instead.
#
# No arguments. BUILD in the environment: where the programs were built.
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/../.."
. tests/scripts/checks.sh
. tests/scripts/tree.sh

# Agency 1 does what is right, and each of the others something else.
stub_program agency_client <<'END'
for option in "$@"; do
  case "$option" in
    ping) exit 0 ;;
    --agency.id=*) id=${option#*=} ;;
    --result=*) result=${option#*=} ;;
  esac
done
line() { printf '{"agency":%s,"draw":%s,"bets":%s,"already_stored":%s,"winners":%s,"seconds":%s}\n' "$@"; }
case "$id" in
  1) line 1 3 26936 36 5 1.834 >"$result" ;;
  2) line 2 3 1000 0 5 1.0 >"${result%/*}/elsewhere" && ln -s elsewhere "$result" ;;
  3) mkfifo "$result" ;;
  4) line 4 3 1000 0 5 1.0 >"$result" && truncate --size=1T "$result" ;;
  5) line 5 3 'a[$(touch pwned)]' 0 5 1.0 >"$result" ;;
  6) line 1 3 1000 0 5 1.0 >"$result" ;;
  7) line 7 3 0100 0 010 1.0 >"$result" ;;
  8)
    printf 'agency_client: first\nagency_client: \033[2Jgone \302\233mañana \342\200\256right\n' >&2
    exit 1
    ;;
  9) mkdir "$result" ;;
  10) line 10 null 17 0 null 0.5 >"$result" ;;
  11) { line 11 3 1000 0 5 1.0 && echo 'winners=5'; } >"$result" ;;
  12) line 12 3 99999999999999999999999 0 5 1.0 >"$result" ;;
  13) line 13 3 1000 0 '$(touch pwned)' 1.0 >"$result" ;;
  14) line 14 3 1000 0 5 '1.0;touch pwned' >"$result" ;;
  15) ln -s /dev/zero "$result" ;;
  16) line 16 3 -1000 0 5 1.0 >"$result" ;;
  17) printf 'x%.0s' {1..5000} >"$result" ;;
  18) line 18 3 1000 0 5 1.0 >"$result" && exit 7 ;;
  19) printf 'agency_client: %s\n' "$(printf 'long %.0s' {1..1000})" >&2 && exit 1 ;;
  21) line 21 3 1000 0 5 1.0 >"$result" && truncate --size=-1 "$result" ;;
  22) { line 22 3 1000 0 5 1.0 && echo; } >"$result" ;;
  23) { line 23 3 1000 0 5 1.0 && printf '\0'; } >"$result" ;;
  20) line 20 3 4 0 0 0.0 >"$result" ;;
  24) line 24 null 5 0 null 0.1 >"$result" && exit 143 ;;
  25) line 25 3 6 0 1 0.1 >"$result" && exit 143 ;;
esac
END

# row AGENCY: its row, with single spaces.
row() { grep "^ *$1  *[0-9-]" "$work/up.out" | tr -s " "; }

makes_the_table() {
  local id code=0
  timeout 120 make -C "$tree" up MODE=local AGENCIES=25 >"$work/up.out" 2>&1 || code=$?
  cat "$work/up.out"
  expect "how it ends" "$code" 2
  expect "a good row" "$(row 1)" " 1 26,936 5 1.8"
  expect "another" "$(row 20)" " 20 4 0 0.0"
  for id in 2 3 4 5 6 7 9 11 12 13 14 15 16 17 21 22 23; do
    expect "agency $id" "$(row "$id")" " $id - - - there is no valid result file"
  done
  expect "an agency that was not told" "$(row 10)" " 10 17 - 0.5 it was not told its winners"
  expect "an agency that ended with 7" "$(row 18)" " 18 1,000 5 1.0 failed: exit code 7"
  expect "an agency that others have stopped" "$(row 24)" \
    " 24 5 - 0.1 failed: a signal stopped it (exit code 143)"
  expect "an agency that was stopped when all was done" "$(row 25)" " 25 6 1 0.1"
  expect "the totals" "$(row total)" " total 27,968 11 1.8"
  expect_text "$work/up.out" "Bets stored already"
}

shows_reasons_as_data() {
  expect "a reason with controls" "$(row 8)" " 8 - - - failed: ?[2Jgone ??mañana ???right"
  if [ "$(row 19 | wc -c)" -gt 350 ]; then row 19; return 1; fi
}

runs_nothing() { expect "what was run" "$(find "$work" -name pwned)" ""; }


check "only an agency's own, complete, valid result file counts" makes_the_table
check "a reason is shown without what could act on a terminal, and cut" shows_reasons_as_data
check "nothing in a result file is run" runs_nothing
report
