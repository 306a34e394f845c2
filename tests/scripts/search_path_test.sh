#!/usr/bin/env bash
# An exported CDPATH, or one that BASH_ENV sets, sends no script into another folder: each works in its
# own project, from wherever it is called.
#
# No arguments. BUILD in the environment: where the programs were built.
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/../.."
. tests/scripts/checks.sh
. tests/scripts/tree.sh

# A folder that CDPATH leads to: a lottery that must not be touched, and that shows whether it was.
other=$work/other
copy_tree "$other"
mkdir -p "$other/var" "$other/run/log"
echo untouched | tee "$other/var/bets.db" "$other/run/log/service.log" >"$other/run/compose.yaml"

mkdir "$other/tree"
for folder in scripts docker tests .ci; do ln -s "$other/$folder" "$other/tree/$folder"; done

# with_search_path COMMAND ...: calls it in the folder above the tree, with paths that CDPATH finds in
# the other lottery first.
with_search_path() {
  (
    cd -- "$work"
    CDPATH=$other:$other/tree "$@"
  )
}

other_state() { find "$other" ! -path "$other/tree*" -printf '%P %s %T@\n' | sort | sha256sum; }

# enters SCRIPT: that it changes into its own project. What follows its first `cd` is replaced.
enters() {
  local script=$1
  sed '/^cd -- /q' "$tree/$script" >"$work/start"
  { cat "$work/start"; echo 'pwd -P >&2; exit'; } >"$tree/$script"
  # CDPATH is looked at only for paths that don't begin with a dot or a slash.
  expect "the folder of $script" "$(with_search_path bash "tree/$script" 2>&1)" "$(realpath "$tree")"
  with_search_path bash "tree/$script" >"$work/output" 2>/dev/null
  expect "what it says" "$(cat "$work/output")" ""
  expect "the folder of $script with BASH_ENV" \
    "$(BASH_ENV=$work/environment with_search_path bash "tree/$script" 2>&1)" "$(realpath "$tree")"
}

every_script_enters_its_own_project() {
  local script scripts
  echo "CDPATH=$other:$other/tree" >"$work/environment"
  mapfile -t scripts < <(cd "$tree" && grep --recursive --files-with-matches '^cd ' scripts docker tests .ci)
  if [ "${#scripts[@]}" -lt 14 ]; then printf '%s\n' "${scripts[@]}"; return 1; fi
  for script in "${scripts[@]}"; do enters "$script"; done
}

# Scripts have one way of changing into the project, and no other `cd` that CDPATH could turn.
changes_folders_in_one_way() {
  local others
  others=$(grep --recursive --line-number --extended-regexp '(^|[[:space:](&;])cd([[:space:]]|$)' \
    "$project"/{scripts,docker,tests/docker,tests/scripts,.ci,Makefile} |
    grep --invert-match --extended-regexp 'cd -- |:[0-9]+:[[:space:]]*#|search_path_test.sh' || true)
  expect "other ways" "$others" ""
  others=$(grep --recursive --files-with-matches '^cd ' "$project"/{scripts,docker,tests/docker,tests/scripts,.ci} |
    xargs grep --files-without-match '^unset CDPATH$' || true)
  expect "scripts that keep CDPATH" "$others" ""
}

resets_its_own_database() {
  local before
  mkdir -p "$tree/var"
  echo mine >"$tree/var/bets.db"
  before=$(other_state)
  with_search_path make -C tree reset YES=1
  expect "the database" "$(ls -A "$tree/var")" ""
  expect "the other lottery" "$(other_state)" "$before"
  echo mine >"$tree/var/bets.db"
  YES=1 with_search_path tree/scripts/reset.sh
  expect "the database" "$(ls -A "$tree/var")" ""
  expect "the other lottery" "$(other_state)" "$before"
}

runs_its_own_lottery() {
  local before
  before=$(other_state)
  stub_program agency_client <<'END'
for option in "$@"; do
  case "$option" in --result=*) echo '{"agency":1,"draw":1,"bets":1,"already_stored":0,"winners":0,"seconds":0.1}' >"${option#*=}" ;; esac
done
END
  with_search_path make -C tree up MODE=local AGENCIES=1
  with_search_path tree/scripts/down.sh >"$work/output"
  grep '^The service has stopped' "$work/output"
  expect "the other lottery" "$(other_state)" "$before"
}

check "no script changes folders in a way that CDPATH can turn" changes_folders_in_one_way
check "make reset throws away the database of its own project" resets_its_own_database
check "make up and make down run the lottery of their own project" runs_its_own_lottery
check "every script enters its own project" every_script_enters_its_own_project
report
