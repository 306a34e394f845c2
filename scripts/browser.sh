#!/usr/bin/env bash
# Tests the board in a real browser with the built service, or makes the pictures of it. `make test-browser` and `make
# screenshots` call it. It installs only what npm puts into the build folder.
#
#   scripts/browser.sh test
#   scripts/browser.sh screenshots FOLDER
#
# BUILD in the environment: the build folder (default: build).
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/.."
. scripts/messages.sh
. scripts/settings.sh

build=$(realpath -- "$(path_of "${BUILD:-build}")")
export LOTTERY_PROGRAMS=$build/bin
browser=$build/browser
task=${1:-}

# The tests run from a copy, so that npm writes no modules into the tree.
mkdir -p -- "$browser"
cp -- tests/browser/*.mjs tests/browser/*.json tests/browser/.npmrc "$browser/"
if ! cmp --silent -- "$browser/package-lock.json" "$browser/node_modules/.installed-lock.json"; then
  (cd -- "$browser" && npm ci --no-audit --no-fund --ignore-scripts)
  cp -- "$browser/package-lock.json" "$browser/node_modules/.installed-lock.json"
fi

case "$task" in
  test) cd -- "$browser" && exec node --test board.test.mjs ;;
  screenshots)
    folder=$(realpath -- "$(path_of "${2:?usage: scripts/browser.sh screenshots FOLDER}")")
    cd -- "$browser" && exec node screenshots.mjs "$folder"
    ;;
  *) die "browser.sh: '$task' is neither test nor screenshots" ;;
esac
