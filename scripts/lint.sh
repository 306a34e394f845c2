#!/usr/bin/env bash
# Checks the C++ against .clang-format and .clang-tidy, and the shell scripts with shellcheck. Says all
# that it finds, and ends with 1 if it has found anything.
#
#   scripts/lint.sh          checks
#   scripts/lint.sh format   formats the C++ in place, and checks nothing
#
# BUILD in the environment: the build folder (default: build). JOBS: on how many cores (default: all).
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/.."
. scripts/settings.sh

build=$(path_of "${BUILD:-build}")/lint
jobs=${JOBS:-$(nproc)}

# files PATTERN ...: the project's files, including new ones, without those that git ignores or that are deleted.
files() {
  local file
  git -c safe.directory="$PWD" ls-files --cached --others --exclude-standard -- "$@" | sort -u |
    while read -r file; do if [ -f "$file" ]; then echo "$file"; fi; done
}

mapfile -t sources < <(files '*.h' '*.cpp')

if [ "${1:-}" = format ]; then
  clang-format -i "${sources[@]}"
  exit 0
fi

failed=()
check() {
  echo "-- $1"
  shift
  "$@" || failed+=("$1")
}
tidy() {
  local units
  mapfile -t units < <(
    sed -n 's/^ *"file": "\(.*\)".*/\1/p' "$build/compile_commands.json" |
      grep -e '/Unity/unity_[^/]*$' -e "^$PWD/\(benchmarks\|text\|network\|protocol\|program\|service\|agency_client\|tests\)/"
    files 'tests/fuzz/*.cpp'
  )
  # On standard error, clang-tidy reports how many warnings in foreign headers it suppressed.
  printf '%s\0' "${units[@]}" |
    xargs -0 -n 1 -P "$jobs" clang-tidy --quiet -p "$build" 2> >(grep -v 'warnings\? generated\.$' >&2)
}

check_shell() {
  local scripts
  mapfile -t scripts < <(files '*.sh' .ci/run)
  shellcheck --external-sources "${scripts[@]}"
}

scripts/build_folder.sh "$build"
# How clang-tidy compiles the files. Compiling several at once (a unity build) takes a quarter of the time. clang-tidy
# reads its configuration from the folders above such a unit, which is in the build folder.
cmake -S . -B "$build" -DLOTTERY_TESTS=ON -DLOTTERY_BENCHMARKS=ON -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON \
  -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=12 >/dev/null
cp .clang-tidy "$build/"
cp tests/.clang-tidy "$build/tests/"

check "clang-format" clang-format --dry-run --Werror "${sources[@]}"
check "shellcheck" check_shell
check "clang-tidy" tidy

if [ ${#failed[@]} -ne 0 ]; then
  echo "lint.sh: found something: ${failed[*]}" >&2
  exit 1
fi
echo "lint.sh: nothing found"
