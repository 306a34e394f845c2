#!/usr/bin/env bash
# `make bench` measures PostgreSQL in a folder of any name, and runs nothing that the name says.
#
# No arguments. BUILD in the environment: where the programs were built.
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/../.."
. tests/scripts/checks.sh
. tests/scripts/tree.sh

# shellcheck disable=SC2016  # it is not to be expanded
build='with $(touch "$HOME/pwned") it'\''s "a" name'

measures_in_a_folder_of_any_name() {
  mkdir -p -- "$tree/$build/bin"
  write_bets "$work/bets/agency-1.csv" Ana,Paz,30904465,1999-03-17,7574
  # shellcheck disable=SC2016  # for the stand-in
  printf '%s\n' '#!/usr/bin/env bash' 'printf "%s\n" "$@"' 'psql "$4" --no-psqlrc --command="SELECT 40 + 2"' \
    >"$tree/$build/bin/lottery_benchmark"
  ln -s /bin/true "$tree/$build/bin/postgres_loop"
  chmod +x "$tree/$build/bin/lottery_benchmark"
  mkdir --mode=0777 "$work/home"
  chmod 0777 "$work/home"
  in_tree env HOME="$work/home" BUILD="$build" DATA="$work/bets" scripts/bench.sh | tee "$work/output"
  expect_text "$work/output" 42
  expect_text "$work/output" "$tree/$build/bench"
  expect "what was run" "$(find "$work" -name pwned)" ""
  expect "what is left of the cluster" "$(find "$tree/$build/bench" -name postgres)" ""
}

postgres=$(printf '%s\n' /usr/lib/postgresql/*/bin | tail -n 1)
if [ -x "$postgres/initdb" ] && command -v psql >/dev/null; then
  check "PostgreSQL is measured in a folder of any name" measures_in_a_folder_of_any_name
else
  skipped=$((skipped + 1))
  echo "SKIP  PostgreSQL is measured in a folder of any name: it is not installed"
fi
report
