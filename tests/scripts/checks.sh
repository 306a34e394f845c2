# shellcheck shell=bash
# How the tests that are shell scripts check, count and wait. For them to source. It makes the folder
# $work, which clean_up (redefine it to do more) deletes at the end.

work=$(mktemp --directory "${TMPDIR:-/tmp}/lottery-test.XXXXXX")
# Tests have other users work in folders of it.
chmod 711 "$work"

clean_up() { rm -rf --one-file-system -- "$work"; }
# What can't be cleaned up doesn't change how the test ends.
trap 'set +e; clean_up >/dev/null 2>&1' EXIT
trap 'exit 130' INT TERM

passed=0
failed=0
skipped=0

# check NAME FUNCTION: runs it in a shell of its own that ends at the first command that fails, and
# says how it went. Its output is shown if it has failed. If the variable pattern is set, only tests
# whose name contains it are run.
check() {
  local name=$1 code=0 log=$work/check.log
  if [ -n "${pattern:-}" ] && [[ $name != *"$pattern"* ]]; then return; fi
  set +e
  (
    set -Eeuo pipefail
    # Not to standard output, which a $(...) in the function may have replaced.
    trap 'echo "this failed, at line $LINENO of ${BASH_SOURCE[0]}: $BASH_COMMAND" >&9' ERR
    "$2"
  ) >"$log" 2>&1 9>&1 </dev/null
  code=$?
  set -e
  if [ "$code" -eq 0 ]; then
    passed=$((passed + 1))
    echo "ok    $name"
  else
    failed=$((failed + 1))
    echo "FAIL  $name"
    sed 's/^/      | /' "$log" | tail -n 40
  fi
}

# check_as_root NAME FUNCTION: the same, for what only root can try.
check_as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    check "$@"
  else
    skipped=$((skipped + 1))
    echo "SKIP  $1: only root can become another user"
  fi
}

# Says how many tests went how; fails if one has failed. It is the last command of a script.
report() {
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ]
}

# expect WHAT ACTUAL EXPECTED
expect() {
  if [ "$2" = "$3" ]; then return; fi
  echo "$1: '$2', and not '$3'"
  return 1
}

# expect_text FILE TEXT: that FILE contains TEXT.
expect_text() {
  if grep --quiet --fixed-strings -- "$2" "$1"; then return; fi
  echo "there is no '$2' in:"
  cat -A "$1"
  return 1
}

# expect_no_text FILE TEXT
expect_no_text() {
  if ! grep --quiet --fixed-strings -- "$2" "$1"; then return; fi
  echo "there is '$2' in:"
  cat -A "$1"
  return 1
}

# expect_failure COMMAND ...: that it ends with something else than 0.
expect_failure() {
  if "$@"; then
    echo "it should have failed: $*"
    return 1
  fi
}

# until_true SECONDS COMMAND ...: calls it again and again until it succeeds.
until_true() {
  local give_up_at=$((SECONDS + $1))
  shift
  until "$@"; do
    if [ "$SECONDS" -ge "$give_up_at" ]; then return 1; fi
    sleep 0.2
  done
}

# table_column COLUMN FILE: of the rows of the closing table but the last, on a line.
table_column() {
  awk -v column="$1" '$1 == "agency" { in_table = 1 } $1 == "total" { in_table = 0 }
    in_table && $1 != "agency" { gsub(",", ""); print $column }' "$2" | paste -s -d ' '
}

# table_total COLUMN FILE: of the last row of the closing table.
table_total() { awk -v column="$1" '$1 == "total" { gsub(",", ""); print $column }' "$2"; }
