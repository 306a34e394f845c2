#!/usr/bin/env bash
# What belongs to another user is left alone, and a sentence says whose it is.
#
# No arguments. BUILD in the environment: where the programs were built.
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/../.."
. tests/scripts/checks.sh
. tests/scripts/tree.sh

# Two users, neither of whom has to exist.
owner=4242
stranger=4343

stub_program agency_client <<'END'
for option in "$@"; do
  case "$option" in
    --agency.id=*) id=${option#*=} ;;
    --result=*) echo "{\"agency\":$id,\"draw\":1,\"bets\":1,\"already_stored\":0,\"winners\":0,\"seconds\":0.1}" >"${option#*=}" ;;
  esac
done
END

# fails_for_stranger TEXT COMMAND ...: that it ends with an error that contains TEXT, says nothing false,
# and changes nothing.
fails_for_stranger() {
  local text=$1 code=0 before
  shift
  before=$(find "$tree" -printf '%P %u %m %s %T@\n' | sort | sha256sum)
  in_tree as_user "$stranger" "$@" >"$work/output" 2>&1 || code=$?
  cat "$work/output"
  expect "how it ends" "$code" 1
  expect_text "$work/output" "$text"
  expect_no_text "$work/output" "not running"
  expect_no_text "$work/output" "There is no database"
  expect_no_text "$work/output" "ermission denied"
  expect "the tree" "$(find "$tree" -printf '%P %u %m %s %T@\n' | sort | sha256sum)" "$before"
}

starts_as_owner() {
  chown -R "$owner:$owner" "$tree"
  in_tree as_user "$owner" env MODE=local AGENCIES=1 MAKE=true scripts/up.sh
  pid=$(cat "$tree/run/service.pid")
  expect "who the service is" "$(stat --format=%u "/proc/$pid")" "$owner"
}

# A service of the user named in the message, with its process.
says_whose_service_it_is() {
  local pid text
  pid=$(cat "$tree/run/service.pid")
  text="runs as the user $owner (process $pid)"
  fails_for_stranger "$text" scripts/down.sh
  fails_for_stranger "$text" env MODE=local AGENCIES=1 MAKE=true scripts/up.sh
  fails_for_stranger "$text" env YES=1 scripts/reset.sh
  fails_for_stranger "$text" env FROM=Makefile scripts/restore.sh
  kill -0 "$pid"
}

says_whose_files_they_are() {
  in_tree as_user "$owner" scripts/down.sh
  fails_for_stranger "belongs to the user $owner" env MODE=local AGENCIES=1 MAKE=true scripts/up.sh
  fails_for_stranger "belongs to the user $owner" env YES=1 scripts/reset.sh
  fails_for_stranger "belongs to the user $owner" env FROM=Makefile scripts/restore.sh
  fails_for_stranger "belongs to the user $owner" scripts/backup.sh
  fails_for_stranger "belongs to the user $owner" scripts/logs.sh
}

# A pid file of root's, and the tree of another user: `sudo make up`, then `make up`.
says_that_they_are_roots() {
  local name code=0
  in_tree as_user "$owner" env YES=1 scripts/reset.sh
  rm -rf "${tree:?}/run" "${tree:?}/var"
  in_tree env MODE=local AGENCIES=1 MAKE=true scripts/up.sh
  for name in down.sh up.sh reset.sh restore.sh; do
    code=0
    in_tree as_user "$owner" env MODE=local AGENCIES=1 MAKE=true YES=1 FROM=Makefile "scripts/$name" \
      >"$work/output" 2>&1 || code=$?
    cat "$work/output"
    expect "how $name ends" "$code" 1
    expect_text "$work/output" "runs as root (process "
  done
  in_tree scripts/down.sh
  for name in up.sh reset.sh restore.sh backup.sh; do
    code=0
    in_tree as_user "$owner" env MODE=local AGENCIES=1 MAKE=true YES=1 FROM=Makefile "scripts/$name" \
      >"$work/output" 2>&1 || code=$?
    cat "$work/output"
    expect "how $name ends" "$code" 1
    expect_text "$work/output" "belongs to root"
  done
}

# Root may do everything, and leaves what it starts to the owner of the folder.
lets_root_work_for_the_owner() {
  rm -rf "${tree:?}/run" "${tree:?}/var"
  in_tree as_user "$owner" env MODE=local AGENCIES=1 MAKE=true scripts/up.sh
  in_tree env MODE=local AGENCIES=1 MAKE=true scripts/up.sh
  expect "who the service is" "$(stat --format=%u "/proc/$(cat "$tree/run/service.pid")")" "$owner"
  expect "files of others" "$(find "$tree/var" ! -uid "$owner")" ""
  in_tree scripts/down.sh | grep '^The service has stopped'
}

# Root's scripts have the service run as the owner of the database's folder: it is root's to stop.
leaves_a_service_to_root() {
  rm -rf "${tree:?}/run" "${tree:?}/var"
  mkdir --mode=0750 "$tree/var"
  chown -R root:root "$tree"
  chown "$owner:$owner" "$tree/var"
  in_tree env MODE=local AGENCIES=0 MAKE=true scripts/up.sh
  expect_failure in_tree as_user "$owner" scripts/down.sh >"$work/output" 2>&1
  expect_text "$work/output" "was started by root: only root"
  kill -0 "$(cat "$tree/run/service.pid")"
}

# The pid file is gone, but the database is locked.
finds_a_service_without_its_pid_file() {
  local pid
  pid=$(cat "$tree/run/service.pid")
  rm "$tree/run/service.pid"
  expect_failure in_tree scripts/down.sh >"$work/output" 2>&1
  cat "$work/output"
  expect_text "$work/output" "A service that was not started in this folder uses the database var/bets.db"
  expect_text "$work/output" "process $pid, lottery_service"
  expect_no_text "$work/output" "not running"
  echo "$pid" >"$tree/run/service.pid"
  in_tree scripts/down.sh
}

# What is in run/ can't be told.
says_whose_folder_is_closed() {
  chmod 0700 "$tree/run"
  fails_for_stranger "run belongs to root and can't be searched" scripts/down.sh
  chmod 0755 "$tree/run"
}

# The process has ended, and its number belongs to another program.
knows_an_old_pid_file() {
  sleep 60 &
  echo $! >"$tree/run/service.pid"
  trap 'kill $!' EXIT
  in_tree as_user "$stranger" scripts/down.sh | grep -x 'The service is not running.'
  expect "the pid file" "$(cat "$tree/run/service.pid")" "$!"
  kill -0 $!
}

# The service's own files have their modes from the program; these are those of the scripts.
keeps_others_out() {
  local path
  expect "var" "$(stat --format=%a "$tree/var")" 750
  for path in log results; do expect "run/$path" "$(stat --format=%a "$tree/run/$path")" 750; done
  expect "files that others can read" "$(find "$tree/var" "$tree/run/log" -type f -perm /o=rwx)" ""
}

check_as_root "a service starts as another user" starts_as_owner
check_as_root "logs and results are closed to others" keeps_others_out
check_as_root "whose service it is" says_whose_service_it_is
check_as_root "whose files they are" says_whose_files_they_are
check_as_root "what root has started is root's" says_that_they_are_roots
check_as_root "root runs the service as the owner of the database's folder" lets_root_work_for_the_owner
check_as_root "a service that root has started is root's to stop" leaves_a_service_to_root
check_as_root "a service without its pid file is found" finds_a_service_without_its_pid_file
check_as_root "a closed folder is no sign that nothing runs" says_whose_folder_is_closed
check_as_root "an old pid file is no service, and is left to its owner" knows_an_old_pid_file
report
