#!/usr/bin/env bash
# The scripts work in the C locale, whatever the user's is: in another one, [0-9] also matches digits that
# bash can't calculate with, such as a superscript two.
#
# No arguments. BUILD in the environment: where the programs were built.
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/../.."
. tests/scripts/checks.sh
. tests/scripts/tree.sh

# What is sourced runs in the locale of the script that sources it.
sets_the_locale_in_every_script() {
  local script count=0
  for script in scripts/*.sh docker/*.sh tests/scripts/*.sh tests/docker/*.sh; do
    if [[ $(head -n 1 -- "$script") != '#!'* ]]; then continue; fi
    count=$((count + 1))
    # It is the first thing that they do.
    expect "what $script begins with" "$(grep --invert-match '^#' -- "$script" | head -n 2 | paste -s -d ' ')" \
      "set -euo pipefail export LC_ALL=C"
  done
  [ "$count" -gt 20 ]
}

# in_locale COMMAND ...: runs it in the copy, for a user with a locale of UTF-8.
in_locale() { in_tree env LOCPATH="$work/locales" LANG=en_US.UTF-8 LC_ALL=en_US.UTF-8 "$@"; }

takes_no_other_digits() {
  stub_program agency_client <<'STUB'
for option in "$@"; do
  case "$option" in
    ping) exit 0 ;;
    --result=*) printf '{"agency":1,"draw":1,"bets":1²,"already_stored":0,"winners":0,"seconds":0.1}\n' >"${option#*=}" ;;
  esac
done
STUB
  expect_failure in_locale make up MODE=local AGENCIES=1 >"$work/output" 2>&1
  expect_text "$work/output" "there is no valid result file"
  for setting in AGENCIES=1² SERVICE_PORT=1²; do
    expect_failure in_locale make up MODE=local "$setting" >"$work/output" 2>&1
    expect_text "$work/output" "1"
    expect_no_text "$work/output" "syntax"
    expect_no_text "$work/output" "expression"
  done
  expect_failure in_locale docker/generate-compose.sh 1² "$work/compose.yaml" >"$work/output" 2>&1
  expect_text "$work/output" "is not a number of agencies"
  expect_failure in_locale scripts/fuzz.sh 1² >"$work/output" 2>&1
  expect_text "$work/output" "is not a number of seconds"
}

check "every script sets its locale first" sets_the_locale_in_every_script
mkdir "$work/locales"
# shellcheck disable=SC2016  # for the inner shell
if localedef -i en_US -f UTF-8 "$work/locales/en_US.UTF-8" >/dev/null 2>&1 &&
  in_locale bash -c '[[ ² =~ ^[0-9]$ ]]'; then
  check "digits of other locales are no numbers" takes_no_other_digits
else
  skipped=$((skipped + 1))
  echo "SKIP  digits of other locales are no numbers: there is no locale of UTF-8 in which [0-9] matches them"
fi
report
