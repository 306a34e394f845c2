#!/usr/bin/env bash
# `make backup` and `make restore`: which program they call, and what they keep under which name with
# which mode. The programs are stand-ins, also for `docker`.
#
# No arguments. BUILD in the environment: where the programs were built.
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/../.."
. tests/scripts/checks.sh
. tests/scripts/tree.sh

# Stands for lottery_service, in the build folder and in a container: writes down how it was called, and
# does what $work/behaviour says.
cat >"$work/lottery_service" <<'END'
#!/usr/bin/env bash
printf '%s\n' "lottery_service" "$@" >"$CALLS/service"
for option in "$@"; do
  case "$option" in
    --backup=-) . "$CALLS/behaviour" ;;
    --backup=*) echo "a copy" >"${option#*=}" ;;
    --restore=-) cat >"$CALLS/restored" ;;
    --restore=*) cp -- "${option#*=}" "$CALLS/restored" ;;
  esac
done
END
chmod +x "$work/lottery_service"
stub_service() { stub_program lottery_service <"$work/lottery_service"; }

# Stands for an engine: with $work/running, the container server runs.
cat >"$work/bin/docker" <<'END'
#!/usr/bin/env bash
if [ ! -e "$CALLS/engine" ]; then exit 1; fi
printf '%s\n' "$@" >>"$CALLS/docker"
case "$1 ${2:-}" in
  "version "*) echo 27.0 ;;
  "container ls")
    if [ -e "$CALLS/running" ]; then echo server; fi
    # One that is in the state that the file holds.
    if [ -e "$CALLS/state" ] && { [[ "$*" != *status=* ]] || [[ "$*" == *"status=$(cat "$CALLS/state")"* ]]; }; then
      echo server
    fi
    ;;
  "container inspect") echo "/server 137" ;;
  "compose version") echo 2 ;;
  "compose "*)
    if [[ " $* " == *" down "* ]]; then
      if [ -e "$CALLS/stuck" ]; then exit 1; fi
      rm "$CALLS/state"
    fi
    ;;
  "info "*) echo '[name=seccomp]' ;;
  "image inspect") exit 1 ;;
  "exec "*) shift 3 && "$CALLS/lottery_service" "$@" ;;
  "run "*) while [ "$1" != lottery-service ]; do shift; done && shift && "$CALLS/lottery_service" "$@" ;;
esac
END
chmod +x "$work/bin/docker"
export CALLS=$work

# set_up NAME ...: a folder with a database, and the files NAME in $work: engine, running.
set_up() {
  rm -rf -- "${tree:?}/run" "${tree:?}/var" "$work"/{engine,running,state,stuck,docker,service,restored,behaviour}
  mkdir --mode=0750 "$tree/var"
  echo "the database" >"$tree/var/bets.db"
  chmod 0640 "$tree/var/bets.db"
  echo 'echo "a copy"' >"$work/behaviour"
  stub_service
  if [ $# -ne 0 ]; then (cd -- "$work" && touch "$@"); fi
}

backups() { find "$tree/run/backups" -type f -printf '%f %m\n' | sed 's/[0-9]\{8\}T[0-9.]*Z/TIME/'; }

backs_up_with_the_program() {
  set_up
  in_tree make backup
  sed 's/bets-.*Z/bets-TIME/' "$work/service" | paste -s -d ' ' | tee "$work/call"
  expect "the call" "$(cat "$work/call")" \
    "lottery_service --storage.path=var/bets.db --backup=run/backups/bets-TIME.db"
  expect "the folder" "$(stat --format=%a "$tree/run/backups")" 750
}

backs_up_from_the_container() {
  set_up engine running
  in_tree make backup | tee "$work/output"
  expect "the call" "$(paste -s -d ' ' "$work/service")" \
    "lottery_service --config=service.properties --backup=-"
  expect "the copies" "$(backups)" "bets-TIME.db 640"
  expect "what is in it" "$(cat "$tree"/run/backups/*)" "a copy"
  expect_text "$work/output" "The copy is run/backups/bets-"
}

is_never_more_open_than_the_database() {
  set_up engine running
  chmod 0600 "$tree/var/bets.db"
  in_tree make backup
  expect "the copies" "$(backups)" "bets-TIME.db 600"
  set_up engine running
  chmod 0666 "$tree/var/bets.db"
  (umask 0 && in_tree make backup)
  expect "the copies" "$(backups)" "bets-TIME.db 640"
}

keeps_a_copy_that_fails_verification() {
  local code=0
  set_up engine running
  sqlite3 "$work/copy.db" 'CREATE TABLE IF NOT EXISTS t(x)'
  # shellcheck disable=SC2016  # for the stand-in
  printf '%s\n' 'cat "$CALLS/copy.db"; printf "lottery_service: \033[31man index is missing\n" >&2; exit 1' >"$work/behaviour"
  in_tree scripts/backup.sh >"$work/output" 2>&1 || code=$?
  expect "how it ends" "$code" 1
  expect "the copies" "$(backups)" "bets-TIME.failed-verification.db 640"
  expect_text "$work/output" "lottery_service: ?[31man index is missing"
  expect_text "$work/output" "failed verification, and is kept as run/backups/bets-"
}

keeps_no_part_of_a_copy() {
  local behaviour code
  # shellcheck disable=SC2016  # for the stand-in
  for behaviour in 'exit 1' 'echo "a part"; exit 1' 'head -c 4096 "$CALLS/copy.db"; exit 1' \
    'cat "$CALLS/copy.db"; exit 125' 'echo "a part"; exit 137' 'exit 0' 'echo "a part"; kill -KILL $$'; do
    set_up engine running
    code=0
    echo "$behaviour" >"$work/behaviour"
    in_tree scripts/backup.sh >"$work/output" 2>&1 || code=$?
    expect "how it ends after $behaviour" "$code" 1
    expect "the copies after $behaviour" "$(backups)" ""
    expect_text "$work/output" "There is no copy"
  done
}

# Root does not open what another user can write: the program does, as that user.
backs_up_as_the_owner() {
  set_up
  chown -R 4242:4242 "$tree/var"
  chmod 711 "$work"
  # shellcheck disable=SC2016  # for the stand-in
  echo 'id -u' >"$work/behaviour"
  touch "$work/service" && chmod 666 "$work/service"
  in_tree make backup
  expect "who it was" "$(cat "$tree"/run/backups/*)" 4242
  expect "the copy" "$(stat --format='%u:%g %a' "$tree"/run/backups/*)" "0:4242 640"
}

restores_with_the_program() {
  set_up
  mkdir -p "$tree/run/backups"
  echo "the copy" >"$tree/run/backups/a copy.db"
  in_tree make restore FROM="run/backups/a copy.db" | tee "$work/output"
  expect "the call" "$(paste -s -d ' ' "$work/service")" \
    "lottery_service --storage.path=var/bets.db --restore=run/backups/a copy.db"
  expect "the database" "$(cat "$work/restored")" "the copy"
  expect_text "$work/output" "var/bets.db has been restored from run/backups/a copy.db"
}

restores_in_a_container() {
  set_up engine
  rm "$tree/build/bin/lottery_service"
  # Nothing is built, so the image needs no sources.
  echo '!docker/Dockerfile' >"$tree/.dockerignore"
  echo "the copy" >"$tree/--copy.db"
  in_tree make restore FROM=--copy.db
  expect "the call" "$(paste -s -d ' ' "$work/service")" \
    "lottery_service --storage.path=var/bets.db --restore=-"
  expect "the database" "$(cat "$work/restored")" "the copy"
  expect_text "$work/docker" "type=bind,\"source=$(realpath "$tree")/var\",target=/lottery/var"
  expect "mounts" "$(grep --count '^type=bind' "$work/docker")" 1
  if [ "$(id -u)" -eq 0 ]; then
    grep --line-regexp --fixed-strings 10001:10001 "$work/docker"
    expect "the owner of var" "$(stat --format=%u "$tree/var")" 10001
  else
    grep --line-regexp --fixed-strings "$(id -u):$(id -g)" "$work/docker"
  fi
}

# Also where there was no database before.
restores_into_an_empty_folder() {
  set_up
  rm -rf "${tree:?}/var"
  echo "the copy" >"$tree/copy.db"
  in_tree make restore FROM=copy.db
  expect "the folder" "$(stat --format=%a "$tree/var")" 750
  expect "the database" "$(cat "$work/restored")" "the copy"
}

# refuses_to_restore TEXT FROM: with an error that contains TEXT, and without a call.
refuses_to_restore() {
  local code=0
  rm -f "$work/service"
  FROM=$2 in_tree scripts/restore.sh >"$work/output" 2>&1 || code=$?
  cat "$work/output"
  expect "how it ends" "$code" 1
  expect_text "$work/output" "$1"
  if [ -e "$work/service" ]; then cat "$work/service"; return 1; fi
}

refuses_what_is_no_copy() {
  set_up
  mkdir "$tree/folder"
  mkfifo "$tree/fifo"
  ln -s Makefile "$tree/link"
  refuses_to_restore "Which copy?" ""
  refuses_to_restore "folder is not a regular file" folder
  refuses_to_restore "fifo is not a regular file" fifo
  refuses_to_restore "link is not a regular file" link
  refuses_to_restore "nothing is not a regular file" nothing
}

refuses_while_the_service_runs() {
  set_up engine running
  refuses_to_restore "The service is running on var/bets.db (containers: server): run 'make down' first." Makefile
  set_up
  exec 9<"$tree/var/bets.db"
  flock 9
  refuses_to_restore "The service is running on var/bets.db: run 'make down' first." Makefile
  expect_failure in_tree env YES=1 scripts/reset.sh
  expect "the database" "$(cat "$tree/var/bets.db")" "the database"
}

# A container that restarts, or is paused, will go on with the database; one that has ended will not.
refuses_while_a_container_may_go_on() {
  local state
  for state in running restarting paused; do
    set_up engine
    echo "$state" >"$work/state"
    refuses_to_restore "The service is running on var/bets.db (containers: server)" Makefile
    expect_failure in_tree env YES=1 scripts/reset.sh >"$work/output" 2>&1
    expect_text "$work/output" "The service is running on var/bets.db (containers: server)"
    expect "the database" "$(cat "$tree/var/bets.db")" "the database"
  done
  echo exited >"$work/state"
  in_tree env YES=1 scripts/reset.sh
}

# What `make down` says of containers is true.
tells_how_containers_have_ended() {
  local code=0
  set_up engine
  echo restarting >"$work/state"
  in_tree scripts/down.sh >"$work/output" 2>&1 || code=$?
  cat "$work/output"
  expect "how it ends" "$code" 1
  expect_text "$work/output" "The container server has ended with 137."
  expect_text "$work/output" "have stopped, and are gone: server."
  for script in down.sh up.sh; do
    set_up engine stuck
    echo running >"$work/state"
    code=0
    in_tree env MODE=local AGENCIES=0 MAKE=true "scripts/$script" >"$work/output" 2>&1 || code=$?
    cat "$work/output"
    expect "how it ends" "$code" 1
    expect_text "$work/output" "These containers could not be removed: server"
    expect_no_text "$work/output" "gone"
    expect_no_text "$work/output" "has stopped"
  done
}

# The new database is only in the copy that an interrupted restore has made.
resets_no_half_restored_database() {
  set_up
  touch "$tree/var/bets.db.restoring-20261123T100000.000Z"
  expect_failure in_tree env YES=1 scripts/reset.sh >"$work/output" 2>&1
  expect_text "$work/output" "A restore was interrupted"
  [ -e "$tree/var/bets.db" ]
  rm "$tree/var/bets.db.restoring-20261123T100000.000Z"
  touch "$tree/var/bets.db".{before-restore-20261123T100000.000Z,before-version-3,unfinished-1}
  in_tree env YES=1 scripts/reset.sh | tee "$work/output"
  expect_text "$work/output" "Still there, with bets of before: var/bets.db.before-restore-20261123T100000.000Z"
  expect_text "$work/output" "var/bets.db.before-version-3 var/bets.db.unfinished-1"
  [ ! -e "$tree/var/bets.db" ]
}

# ---- With the programs themselves

stored() { in_tree sqlite3 -readonly "$1" 'SELECT count(*) FROM bets'; }
newest_copy() { in_tree find run/backups -type f -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d ' ' -f 2-; }

start_over() {
  rm -rf -- "${tree:?}/run" "${tree:?}/var" "$work/engine"
  rm -f -- "$tree/build/bin/lottery_service"
  cp -- "$programs/lottery_service" "$tree/build/bin/"
  write_bets "$work/bets/agency-1.csv" Ana,Paz,30904465,1999-03-17,7574 Eva,Sol,30904466,1999-03-18,1
}
bet() { in_tree env AGAIN=1 make up MODE=local AGENCIES=1 DATA="$work/bets"; }

restores_for_real() {
  local copy
  start_over
  bet
  in_tree make backup
  copy=$(newest_copy)
  expect "the bets of the copy" "$(stored "$copy")" 2
  bet
  expect "the bets" "$(stored var/bets.db)" 4
  expect_failure in_tree make restore FROM="$copy"
  in_tree make down
  in_tree make restore FROM="$copy" | tee "$work/output"
  expect "the bets" "$(stored var/bets.db)" 2
  expect "what is kept" "$(stored "$(in_tree find var -name 'bets.db.before-restore-*Z')")" 4
  expect_text "$work/output" "var/bets.db.before-restore-"
  bet
  expect "the bets" "$(stored var/bets.db)" 4
  in_tree make down
}

keeps_a_wrong_copy_for_real() {
  local code=0
  start_over
  bet
  in_tree make down
  in_tree sqlite3 var/bets.db "UPDATE bets SET document = '1'"
  in_tree scripts/backup.sh >"$work/output" 2>&1 || code=$?
  cat "$work/output"
  expect "how it ends" "$code" 1
  [[ $(newest_copy) == *failed-verification* ]]
  expect "the bets of the copy" "$(stored "$(newest_copy)")" 2
}

# Root's script writes what the owner's program streams, and the other way round.
backs_up_and_restores_for_the_owner() {
  local code=0
  start_over
  mkdir --mode=0750 "$tree/var"
  chown 4242:4242 "$tree/var"
  bet
  in_tree make backup
  expect "the copy" "$(in_tree stat --format='%u:%g %a' "$(newest_copy)")" "0:4242 640"
  bet
  in_tree make down
  in_tree make restore FROM="$(newest_copy)"
  expect "the bets" "$(stored var/bets.db)" 2
  expect "files of others" "$(find "$tree/var" ! -uid 4242)" ""
  in_tree sqlite3 var/bets.db "UPDATE bets SET document = '1'"
  in_tree scripts/backup.sh >"$work/output" 2>&1 || code=$?
  expect "how it ends" "$code" 1
  [[ $(newest_copy) == *.failed-verification.db ]]
}

check "make backup calls the program" backs_up_with_the_program
check "make backup writes what the container streams" backs_up_from_the_container
check "a backup is never more open than its database" is_never_more_open_than_the_database
check "a copy that fails verification is kept under a name that says so" keeps_a_copy_that_fails_verification
check "no part of a copy is kept" keeps_no_part_of_a_copy
check_as_root "root has a copy made by the database's owner" backs_up_as_the_owner
check "make restore calls the program" restores_with_the_program
check "make restore works with the image alone" restores_in_a_container
check "make restore works without an older database" restores_into_an_empty_folder
check "make restore refuses what is no copy" refuses_what_is_no_copy
check "make restore and make reset refuse while a service runs" refuses_while_the_service_runs
check "a container that may go on is one that runs" refuses_while_a_container_may_go_on
check "make down tells how containers have ended" tells_how_containers_have_ended
check "make reset leaves an interrupted restore alone, and names what is kept" resets_no_half_restored_database
check "make restore brings a backup back, and keeps what was there" restores_for_real
check "a copy of a changed database fails verification, and is kept" keeps_a_wrong_copy_for_real
check_as_root "root backs up and restores a database of another user" backs_up_and_restores_for_the_owner
report
