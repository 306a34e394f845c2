#!/usr/bin/env bash
# Builds everything with sanitizers and runs every test.
#
#   scripts/sanitize.sh address,undefined|thread BUILD_FOLDER [build]     (build: runs no test)
#
# JOBS in the environment: on how many cores (default: all).
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/.."
. scripts/settings.sh

if [ $# -lt 2 ] || [ $# -gt 3 ] || [ "${3:-build}" != build ]; then
  echo "usage: scripts/sanitize.sh address,undefined|thread BUILD_FOLDER [build]" >&2
  exit 1
fi
sanitizers=$1
folder=$(path_of "$2")
jobs=${JOBS:-$(nproc)}

scripts/build_folder.sh "$folder"
# -g1 is enough for line numbers in reports, and takes gcc half the time of -g. A unity build takes less than half of
# the time of single files.
cmake -S . -B "$folder" -DCMAKE_BUILD_TYPE=RelWithDebInfo \
  -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=16 -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON \
  -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O1 -g1" -DLOTTERY_TESTS=ON -DLOTTERY_SANITIZE="$sanitizers"
cmake --build "$folder" --parallel "$jobs"
if [ "${3:-}" = build ]; then exit 0; fi

# gcc 12's ThreadSanitizer fails with the strong address randomization of newer kernels. So randomization is
# switched off, if this system allows it.
run=()
if setarch "$(uname -m)" --addr-no-randomize true 2>/dev/null; then
  run=(setarch "$(uname -m)" --addr-no-randomize)
fi
export TSAN_OPTIONS=${TSAN_OPTIONS:-suppressions=$PWD/tests/tsan.supp}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
# The tests of the scripts run no code of ours that other tests do not run, and take minutes.
exclude=(--label-exclude scripts)
# What a killed program leaves on the disk. These tests start programs hundreds of times, which is more than half of the
# time of all tests. Other tests read the same files, and begin and end the same threads.
export GTEST_FILTER='-*/PowerLoss*:KilledStart*:RecoveryFilesTest.OfARandomHistory*'
# Tests wait more than they compute.
"${run[@]}" ctest --test-dir "$folder" --output-on-failure --parallel "$((3 * jobs))" "${exclude[@]}"
