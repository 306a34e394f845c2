#!/usr/bin/env bash
# What a person gives to make or in the environment is data: it is not expanded by make, run by a shell,
# split into words, or taken for an option.
#
# No arguments. BUILD in the environment: where the programs were built.
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/../.."
. tests/scripts/checks.sh
. tests/scripts/tree.sh

stub_program agency_client <<'END'
for option in "$@"; do
  case "$option" in
    --agency.id=*) id=${option#*=} ;;
    --agency.bets=*) bets=$(wc -l <"${option#*=}") ;;
    --result=*) result=${option#*=} ;;
  esac
done
if [ -n "${result:-}" ]; then
  printf '{"agency":%s,"draw":1,"bets":%s,"already_stored":0,"winners":0,"seconds":0.1}\n' "$id" "$bets" >"$result"
fi
END

nothing_was_run() { expect "what was run" "$(find "$work" -name 'pwned*')" ""; }

# In make's language, in the shell's, and in that of its arithmetic.
# shellcheck disable=SC2016  # they are not to be expanded
hostile_values=('$(shell touch pwned)' "x'; touch pwned; '" '`touch pwned`' 'a[$(touch pwned)]')

# Each variable that is documented, on make's command line or in the environment, for a target that
# ends soon. On the command line, make treats those of its own alike, and all others alike.
runs_no_value_of_make() {
  local value name
  for value in "${hostile_values[@]}"; do
    in_tree make --keep-going build clean down reset backup restore fuzz BUILD="$value" JOBS="$value" MODE="$value" \
      AGENCIES="$value" DATA="$value" AGAIN="$value" NO_BETS="$value" YES="$value" ROUNDS="$value" FROM="$value" SECONDS="$value" || true
    in_tree make --keep-going down reset backup restore YES=1 FROM=Makefile STORAGE_PATH="var/$value.db" || true
    in_tree make --keep-going down reset backup restore YES=1 FROM=Makefile SERVICE_HOST="$value" \
      LOTTERY_WINNING_NUMBER="$value" CXXFLAGS="$value" || true
    for name in MODE AGENCIES DATA SERVICE_PORT STORAGE_PATH; do
      in_tree env MODE=local "$name=$value" timeout 20 make up || true
    done
    nothing_was_run
  done
  for name in DATA STORAGE_PATH; do in_tree timeout 20 make up MODE=local "$name=${hostile_values[0]}" || true; done
  nothing_was_run
  in_tree make down
}

refuses_a_variable_that_nobody_reads() {
  local name
  for name in AGENCES SERVICE_PORTS agencies; do
    expect_failure in_tree make build "$name=7" >"$work/refused" 2>&1
    expect "that $name is refused" "$(grep --count "$name is neither a variable of this Makefile nor" "$work/refused")" 1
  done
  in_tree make help BATCH_IN_FLIGHT=4 CXX=g++ CMAKE_BUILD_PARALLEL_LEVEL=2 >"$work/help"
}

takes_folders_of_any_name() {
  local folder
  # shellcheck disable=SC2016  # they are not to be expanded
  for folder in "with spaces; it's" --help 'a$b*{agency.id}'; do
    write_bets "$tree/$folder/agency-1.csv" a b c
    (cd -- "$tree" && make up MODE=local AGENCIES=1 DATA="$folder") | tee "$work/up.out"
    expect "the bets of $folder" "$(table_column 2 "$work/up.out")" 3
  done
  in_tree make down
}

takes_a_single_id() {
  write_bets "$tree/single/agency-7.csv" a b
  in_tree make up MODE=local AGENCIES=7, DATA=single | tee "$work/up.out"
  expect "the agencies" "$(table_column 1 "$work/up.out")" 7
  grep --extended-regexp '\| lottery.agencies: 7, \|' "$tree/run/log/service.log"
  in_tree make down
}

# Where no shell has replaced it, it is no home directory.
refuses_a_tilde() {
  expect_failure in_tree env STORAGE_PATH='~/bets.db' make up MODE=local AGENCIES=0 >"$work/output" 2>&1
  expect_text "$work/output" "storage.path: '~/bets.db' begins with ~"
  expect_failure in_tree make up MODE=local AGENCIES=1 DATA='~/bets' >"$work/output" 2>&1
  expect_text "$work/output" "DATA: '~/bets' begins with ~"
}

# In a folder of such a name, too.
runs_in_a_folder_of_any_name() {
  local name="-it's \"a\" \$(touch pwned) folder"
  cp -r "$tree" "$work/$name"
  (
    cd -- "$work/$name"
    make up MODE=local AGENCIES=1
    make down | grep 'The service has stopped'
    make backup || true
    make reset YES=1
  )
  nothing_was_run
}

checks_what_is_a_number() {
  local value
  # shellcheck disable=SC2016  # it is not to be expanded
  for value in 'a[$(touch pwned)]' 0 any none 65536 99999999999999999999 010 "1 2" tcp://10.0.0.1:12345; do
    expect_failure in_tree env SERVICE_PORT="$value" make up MODE=local AGENCIES=1 >"$work/output" 2>&1
    expect_text "$work/output" "service.port: 'make up' needs a port from 1 to 65535"
    expect_text "$work/output" "(the value is from the environment variable SERVICE_PORT)"
  done
  # shellcheck disable=SC2016  # it is not to be expanded
  for value in 'a[$(touch pwned)]' 10001 "1,,2" "1,02" 99999999999999999999; do
    expect_failure in_tree make up MODE=local AGENCIES="$value" >"$work/output" 2>&1
    expect_text "$work/output" "AGENCIES: "
  done
  expect_failure in_tree make fuzz SECONDS='1 -runs=0' >"$work/output" 2>&1
  nothing_was_run
}

# The properties file is data, too: a key is not a pattern, and a value not a program.
# shellcheck disable=SC2016  # for the inner shell
reads_settings_as_text() {
  local read='. scripts/settings.sh; unset "${!SERVICE_@}"; setting service.port "$1" 7'
  printf '%s\n' 'serviceXport = 1' 'service.port.other = 2' >"$work/properties"
  expect "the default" "$(in_tree bash -c "$read" bash "$work/properties")" 7
  printf '%s\n' '#service.port = 1' '  service.port : $(touch pwned)  ' >"$work/properties"
  expect "the value" "$(in_tree bash -c "$read" bash "$work/properties")" '$(touch pwned)'
  printf 'service.port = 8' >"$work/properties"
  expect "the value of a line without an end" "$(in_tree bash -c "$read" bash "$work/properties")" 8
  nothing_was_run
}

# shellcheck disable=SC2016  # for the inner shell
shows_no_controls() {
  local show='. scripts/messages.sh; printable'
  expect "what is left" \
    "$(printf 'a\033[31mb\tñ \302\233c \342\200\256d \377e \340\200\233 \363\240\200\241\357\270\217 Łódź\303 é\303\r\n' | in_tree bash -c "$show")" \
    'a?[31mb ñ ??c ???d ?e ??? ??????? Łódź? é??'
  mkdir -p "$tree/run/log"
  printf 'log \033]0;title\007line\n' >"$tree/run/log/service.log"
  in_tree timeout 2 make logs >"$work/output" 2>/dev/null || true
  expect "the log" "$(grep '^log ' "$work/output")" "log ?]0;title?line"
}

# The service that runs is stopped before the program can say that a setting is wrong.
says_that_no_service_runs_any_more() {
  in_tree make up MODE=local AGENCIES=0
  expect_failure in_tree make up MODE=local AGENCIES=0 LOTTERY_WINNING_NUMBER=x >"$work/output" 2>&1
  expect_text "$work/output" "lottery.winning_number: "
  expect_text "$work/output" "The one that was running before has been stopped, so none runs now."
  expect_failure in_tree make up MODE=local AGENCIES=0 LOTTERY_WINNING_NUMBER=x >"$work/output" 2>&1
  expect_no_text "$work/output" "The one that was running before"
}

check "no value that is given to make is run" runs_no_value_of_make
check "a variable that nobody reads is refused" refuses_a_variable_that_nobody_reads
check "bets may be in a folder of any name" takes_folders_of_any_name
check "the project may be in a folder of any name" runs_in_a_folder_of_any_name
check "a single id may be given" takes_a_single_id
check "a ~ that no shell has replaced is refused" refuses_a_tilde
check "what is a number is checked" checks_what_is_a_number
check "a wrong setting is said to leave no service" says_that_no_service_runs_any_more
check "settings are read as text" reads_settings_as_text
check "nothing that is shown acts on the terminal" shows_no_controls
report
