#!/usr/bin/env bash
# `make up` ends the wait of agencies for a draw that can't happen any more, and no other wait, and says what can be
# done next.
#
# No arguments. BUILD in the environment: where the programs were built.
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/../.."
. tests/scripts/checks.sh
. tests/scripts/tree.sh

export REAL_CLIENT=$programs/agency_client
export ANSWERS=$work/answers

# The shell that `make up` asks, which writes down each answer about the agencies that are done.
REAL_SQLITE3=$(command -v sqlite3)
export REAL_SQLITE3
cat >"$work/bin/sqlite3" <<'END'
#!/usr/bin/env bash
found=$("$REAL_SQLITE3" "$@") || exit
printf '%s\n' "$found"
if [[ ${!#} == *'done_at IS NOT NULL'* ]]; then printf '%s\n' "$found" >>"$ANSWERS"; fi
END
chmod +x "$work/bin/sqlite3"

for agency in 1 2 11; do
  write_bets "$tree/bets/agency-$agency.csv" "Ana,Paz,$agency,1999-03-17,1"
done

ends_a_wait_in_vain() {
  stub_program agency_client <<'END'
if [[ $1 != ping && " $* " == *' --agency.id=2 '* ]]; then exit 1; fi
exec "$REAL_CLIENT" "$@"
END
  expect_failure in_tree make up MODE=local AGENCIES=1,2 DATA=bets >"$work/up.out" 2>&1
  cat "$work/up.out"
  grep --extended-regexp '^ +1 .* no draw yet$' "$work/up.out"
  expect_text "$work/up.out" "The draw still waits for agency 2."
  # The bets of agency 1 are in, and there is no next draw to bet them in.
  expect_failure in_tree make up MODE=local AGENCIES=1,2 DATA=bets >"$work/up.out" 2>&1
  expect_no_text "$work/up.out" "Bets stored already"
  in_tree make down
  in_tree make reset YES=1
}

# Agency 1 shows the result of the first draw, and so the second one, in which agency 2 bets, waits for it.
says_how_agencies_of_an_earlier_draw_join() {
  stub_program agency_client <<'END'
exec "$REAL_CLIENT" "$@"
END
  in_tree make up MODE=local AGENCIES=1 DATA=bets
  expect_failure in_tree make up MODE=local AGENCIES=1,2 DATA=bets >"$work/up.out" 2>&1
  cat "$work/up.out"
  expect_text "$work/up.out" "The draw still waits for agency 1."
  expect_text "$work/up.out" "The bets of agency 1 were drawn in an earlier draw, so they are not placed again."
  expect_text "$work/up.out" "make up AGAIN=1 AGENCIES=1,2 DATA=bets"
  in_tree make up MODE=local AGENCIES=1,2 DATA=bets AGAIN=1
  in_tree make down
  in_tree make reset YES=1
}

# Agency 1 bets once `make up` has been told twice that agency 11 is done: it has not ended the wait then.
ends_no_wait_for_an_agency_that_still_bets() {
  rm -f -- "$ANSWERS"
  stub_program agency_client <<'END'
if [[ $1 != ping && " $* " == *' --agency.id=1 '* ]]; then
  until [ "$(grep --count --line-regexp 11 "$ANSWERS")" -ge 2 ]; do
    if [ "$SECONDS" -ge 60 ]; then exit 1; fi
    sleep 0.1
  done 2>/dev/null
fi
exec "$REAL_CLIENT" "$@"
END
  in_tree make up MODE=local AGENCIES=1,11 DATA=bets | tee "$work/up.out"
  expect "the winners" "$(table_column 3 "$work/up.out")" "0 0"
  in_tree make up MODE=local AGENCIES=1,11 DATA=bets | tee "$work/up.out"
  expect_text "$work/up.out" "make up AGAIN=1 AGENCIES=1,11 DATA=bets"
  in_tree make down
}

check "it is said how agencies of an earlier draw join" says_how_agencies_of_an_earlier_draw_join
check "agencies that wait in vain are stopped" ends_a_wait_in_vain
check "agencies that wait for one that still bets are not" ends_no_wait_for_an_agency_that_still_bets
report
