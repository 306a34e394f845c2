#!/usr/bin/env bash
# A build folder of another user, or of another checkout, is noticed before CMake and `make up` fail half-way.
#
# No arguments. BUILD in the environment: where the programs were built.
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/../.."
. tests/scripts/checks.sh
. tests/scripts/tree.sh

owner=4242

# configured_for FOLDER CHECKOUT: has FOLDER look as if CMake had configured it for CHECKOUT.
configured_for() {
  mkdir -p "$1/CMakeFiles" "$1/service/CMakeFiles/lottery_service.dir"
  touch "$1/service/CMakeFiles/lottery_service.dir/main.cpp.o"
  printf '%s\n' CMAKE_PROJECT_NAME:STATIC=lottery "CMAKE_HOME_DIRECTORY:INTERNAL=$2" \
    "CMAKE_CACHEFILE_DIR:INTERNAL=$2/build" >"$1/CMakeCache.txt"
}

builds_anew_after_a_move() {
  configured_for "$tree/build" /home/ana/lottery
  in_tree make build >"$work/output"
  cat "$work/output"
  expect_text "$work/output" \
    "build was configured for the checkout /home/ana/lottery, but this checkout is $tree: everything is built again."
  expect "what is left of CMake's" "$(find "$tree/build" -name 'CMake*')" ""
  [ -x "$tree/build/bin/lottery_service" ]
}

leaves_its_own_build_alone() {
  local before
  configured_for "$tree/build" "$tree"
  before=$(find "$tree/build" -printf '%P %T@\n' | sort)
  expect "what is said" "$(in_tree scripts/build_folder.sh build)" ""
  expect "the folder" "$(find "$tree/build" -printf '%P %T@\n' | sort)" "$before"
  rm -r "$tree/build/CMakeCache.txt" "$tree/build/CMakeFiles" "$tree/build/service"
}

# The cache of another project, in a folder that was given by mistake.
leaves_other_projects_alone() {
  configured_for "$work/other" /home/ana/other
  sed -i 's/=lottery$/=other/' "$work/other/CMakeCache.txt"
  in_tree scripts/build_folder.sh "$work/other"
  [ -f "$work/other/CMakeCache.txt" ] && [ -d "$work/other/CMakeFiles" ]
  in_tree scripts/build_folder.sh "$work/none"
}

# `sudo make build`, then `make up`.
says_whose_build_it_is() {
  local code=0
  rm -rf "${tree:?}/run" "${tree:?}/var"
  chown "$owner:$owner" "$tree"
  in_tree as_user "$owner" env MODE=local AGENCIES=1 make up >"$work/output" 2>&1 || code=$?
  cat "$work/output"
  expect "how it ends" "$code" 2
  expect_text "$work/output" "build belongs to root, who has built the programs here; the user $owner can't write to it."
  expect "what has started" "$(our_processes)" ""
}

# `make up`, `sudo make up`, then `make up`: the results of the second are root's.
says_whose_results_are_in_the_way() {
  local code=0
  chown -R "$owner:$owner" "$tree"
  in_tree as_user "$owner" mkdir -p run/log run/results
  mkdir -p "$tree/run/results/agency-1"
  touch "$tree/run/results/agency-1/result.json"
  in_tree as_user "$owner" env MODE=local AGENCIES=1 make up >"$work/output" 2>&1 || code=$?
  cat "$work/output"
  expect "how it ends" "$code" 2
  expect_text "$work/output" "run/results/agency-1 belongs to root"
  expect "what has started" "$(our_processes)" ""
}

check "a checkout that was moved is built anew" builds_anew_after_a_move
check "a build folder of this checkout is left alone" leaves_its_own_build_alone
check "a folder of another project is left alone" leaves_other_projects_alone
check_as_root "whose build folder it is" says_whose_build_it_is
check_as_root "whose results are in the way" says_whose_results_are_in_the_way
report
