#!/usr/bin/env bash
# A container can write to the database's folder or to an agency's folder of results. Nothing that root
# does there afterwards opens, changes or creates a file elsewhere through a link that a container made.
#
# No arguments. BUILD in the environment: where the programs were built.
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/../.."
. tests/scripts/checks.sh
. tests/scripts/tree.sh

container_user=10001
victim=$work/victim

stub_program agency_client <<'END'
for option in "$@"; do
  case "$option" in
    --agency.id=*) id=${option#*=} ;;
    --result=*)
      result=${option#*=}
      printf '{"agency":%s,"draw":1,"bets":1,"already_stored":0,"winners":0,"seconds":0.1}\n' "$id" >"$result.new"
      mv "$result.new" "$result"
      ;;
  esac
done
END

# What belongs to root and to nobody else: a file, a folder, a database with a WAL, and names that don't
# exist.
make_victim() {
  rm -rf "$victim"
  mkdir --mode=0700 "$victim" "$victim/folder"
  echo secret >"$victim/file"
  sqlite3 "$victim/other.db" 'PRAGMA journal_mode = WAL; CREATE TABLE t(x)' >/dev/null
  chmod 600 "$victim"/file "$victim"/other.db
}
victim_state() { find "$victim" -printf '%P %y %u:%g %m %s %T@\n' | sort; }

as_container() { in_tree as_user "$container_user" "$@"; }

give_folders_to_container() {
  rm -rf "${tree:?}/var" "${tree:?}/run"
  mkdir --mode=0750 "$tree/var"
  mkdir -p "$tree/run/results/agency-1" "$tree/run/backups"
  chown "$container_user:$container_user" "$tree/var" "$tree/run/results/agency-1"
}

# All that `make` does as root; that each of them ends, and how, is not the question here.
do_everything_as_root() {
  local backup
  {
    in_tree env MODE=local AGENCIES=1 MAKE=true timeout 60 scripts/up.sh
    in_tree timeout 60 scripts/backup.sh
    in_tree timeout 0.3 scripts/logs.sh
    in_tree timeout 60 scripts/down.sh
    in_tree env FROM="$work/copy.db" timeout 60 scripts/restore.sh
    in_tree env FROM=var/bets.db timeout 60 scripts/restore.sh
    backup=$(find "$tree/run/backups" -name '*.db' -print -quit)
    in_tree env FROM="${backup:-none}" timeout 60 scripts/restore.sh
    in_tree env YES=1 timeout 60 scripts/reset.sh
    in_tree env MODE=local AGENCIES=1 MAKE=true timeout 60 scripts/up.sh
    in_tree timeout 60 scripts/down.sh
  } || true
} 2>&1

# follows_no_links TARGET NAME ...: with links of those names in var/.
follows_no_links() {
  local target=$1 name before
  shift
  give_folders_to_container
  make_victim
  before=$(victim_state)
  for name in "$@"; do as_container ln -s "$target" "var/$name"; done
  do_everything_as_root >"$work/output"
  cat "$work/output"
  expect "the victim of links to $target" "$(victim_state)" "$before"
}

follows_no_link_in_the_database_folder() {
  local target
  printf 'no database' >"$work/copy.db"
  for target in file new other.db; do
    follows_no_links "$victim/$target" bets.db bets.db-wal bets.db-shm bets.db-journal
  done
  follows_no_links "$victim/folder" log backups service.log service.pid up.lock sample-bets compose.yaml
}

# The service has made the database, and the container's user adds what SQLite opens beside it.
follows_no_link_beside_a_database() {
  local before name
  give_folders_to_container
  in_tree env MODE=local AGENCIES=1 MAKE=true scripts/up.sh
  in_tree scripts/down.sh
  make_victim
  before=$(victim_state)
  for name in bets.db-wal bets.db-shm bets.db-journal; do as_container ln -sfn "$victim/new" "var/$name"; done
  do_everything_as_root >"$work/output"
  cat "$work/output"
  expect "the victim" "$(victim_state)" "$before"
}

# A FIFO instead of the database makes nobody wait.
waits_for_no_fifo() {
  local began=$SECONDS
  give_folders_to_container
  as_container mkfifo var/bets.db
  in_tree timeout 60 scripts/backup.sh || expect "how it ends" "$?" 1
  in_tree env YES=1 timeout 60 scripts/reset.sh
  if [ $((SECONDS - began)) -gt 30 ]; then echo "it took $((SECONDS - began)) seconds"; return 1; fi
}

follows_no_link_among_the_results() {
  local before name
  make_victim
  before=$(victim_state)
  for name in result.json result.json.new winners.csv; do
    give_folders_to_container
    as_container ln -s "$victim/file" "run/results/agency-1/$name"
    as_container ln -s "$victim/folder" "run/results/agency-1/folder"
    in_tree env MODE=local AGENCIES=1 MAKE=true scripts/up.sh | tee "$work/up.out"
    expect "the bets" "$(table_column 2 "$work/up.out")" 1
    in_tree scripts/down.sh
    expect "the victim of $name" "$(victim_state)" "$before"
    expect "the owner of the folder" "$(stat --format=%u "$tree/run/results/agency-1")" 0
  done
}

# in_scripts COMMAND ...: calls a function of the scripts.
in_scripts() {
  # shellcheck disable=SC2016  # for the inner shell
  in_tree bash -c 'set -euo pipefail
    . scripts/messages.sh; . scripts/settings.sh; . scripts/run_folder.sh; . scripts/database.sh
    "$@"; echo "$database_user"' bash "$@"
}

# Root's own folder, in which nobody else could make a link until now.
hands_the_database_over() {
  make_victim
  rm -rf "${tree:?}/var"
  mkdir --mode=0750 "$tree/var"
  touch "$tree/var/bets.db" "$tree/var/bets.db-wal"
  ln -s "$victim/file" "$tree/var/link"
  ln "$victim/other.db" "$tree/var/hard"
  local before
  before=$(victim_state)
  expect "the user" "$(in_scripts give_database_to_containers)" "$container_user:$container_user"
  expect "the folder" "$(stat --format='%u:%g %a' "$tree/var")" "$container_user:$container_user 750"
  expect "the database" "$(stat --format=%u:%g "$tree/var/bets.db")" "$container_user:$container_user"
  expect "the WAL" "$(stat --format=%u:%g "$tree/var/bets.db-wal")" "$container_user:$container_user"
  expect "the victim" "$(victim_state)" "$before"
}

hands_over_nothing_that_others_could_write() {
  rm -rf "${tree:?}/var"
  mkdir --mode=0777 "$tree/var"
  chmod 0770 "$tree/var"
  touch "$tree/var/bets.db"
  expect_failure in_scripts give_database_to_containers
  expect "the database" "$(stat --format=%u "$tree/var/bets.db")" 0
}

# The folder is the container's already: root changes nothing in it.
changes_nothing_in_a_folder_of_others() {
  local before
  give_folders_to_container
  make_victim
  before=$(victim_state)
  as_container ln -s "$victim/file" var/bets.db
  as_container ln -s "$victim/folder" var/bets.db-wal
  expect "the user" "$(in_scripts give_database_to_containers)" "$container_user:$container_user"
  expect "the victim" "$(victim_state)" "$before"
}

# A folder on the way to the database is a link that a container has made.
follows_no_link_on_the_way() {
  local before script
  give_folders_to_container
  make_victim
  sqlite3 "$victim/folder/bets.db" 'CREATE TABLE t(x)'
  before=$(victim_state)
  as_container ln -s "$victim/folder" var/sub
  as_container ln -s / var/root
  for path in var/sub/bets.db "var/root${victim}/folder/bets.db" "$tree/var/sub/new/bets.db"; do
    for script in up.sh backup.sh reset.sh restore.sh down.sh; do
      in_tree env STORAGE_PATH="$path" YES=1 FROM=Makefile MODE=local AGENCIES=0 MAKE=true timeout 20 "scripts/$script" ||
        true
    done
    expect "the victim of $path" "$(victim_state)" "$before"
    expect "services of root" "$(in_tree cat run/service.pid 2>/dev/null || true)" ""
  done
}

# Behind the link is what its owner may write to: root's service is theirs.
works_behind_a_link_as_its_owner() {
  give_folders_to_container
  mkdir "$work/theirs"
  chown "$container_user:$container_user" "$work/theirs"
  as_container ln -s "$work/theirs" var/sub
  in_tree env STORAGE_PATH=var/sub/bets.db MODE=local AGENCIES=0 MAKE=true scripts/up.sh
  expect "who the service is" "$(stat --format=%u "/proc/$(cat "$tree/run/service.pid")")" "$container_user"
  in_tree env STORAGE_PATH=var/sub/bets.db scripts/down.sh
  in_tree env STORAGE_PATH=var/sub/bets.db YES=1 scripts/reset.sh
  [ ! -e "$work/theirs/bets.db" ]
}

# A folder of root in one of theirs, or of one user in another's, has no user to work as.
refuses_a_way_of_several_users() {
  give_folders_to_container
  mkdir "$tree/var/other"
  chown 4242:4242 "$tree/var/other"
  expect_failure in_tree env STORAGE_PATH=var/other/bets.db YES=1 scripts/reset.sh >"$work/output" 2>&1
  expect_text "$work/output" "belong to more than one user besides root"
}

# The results and the database's folder, by what they are and not by how they are called.
reads_no_copy_that_a_container_made() {
  local from
  give_folders_to_container
  make_victim
  echo "no database" >"$tree/run/results/agency-1/copy.db"
  ln -sfn "$tree/run/results/agency-1" "$work/alias"
  for from in run/results/agency-1/copy.db "$work/alias/copy.db" ./run/../run/results//agency-1/copy.db; do
    expect_failure in_tree env FROM="$from" scripts/restore.sh >"$work/output" 2>&1
    expect_text "$work/output" "is in run/results, which containers can write to"
  done
  expect_failure in_tree env DATA="$work/alias" MODE=local AGENCIES=1 MAKE=true scripts/up.sh >"$work/output" 2>&1
  expect_text "$work/output" "is in run/results, which containers can write to"
  # A folder of the container that leads to what only root may read.
  as_container ln -s "$victim" var/sub
  ln -sfn "$tree/var" "$work/alias"
  expect_failure in_tree env FROM="$work/alias/private.db" scripts/restore.sh
  echo "no database" >"$tree/var/private.db"
  chmod 0600 "$tree/var/private.db"
  expect_failure in_tree env FROM="$work/alias/private.db" scripts/restore.sh >"$work/output" 2>&1
  expect_text "$work/output" "can't be read by"
}

# What is no path of a file would delete something else.
refuses_what_is_no_path_of_a_database() {
  local path script
  rm -rf "${tree:?}/var"
  mkdir "$tree/var"
  touch -- "$tree/-wal"
  # refuses PATH SCRIPT ...
  refuses() {
    path=$1
    shift
    for script in "$@"; do
      expect_failure in_tree env STORAGE_PATH="$path" YES=1 FROM=Makefile MODE=local AGENCIES=0 MAKE=true \
        "scripts/$script" >"$work/output" 2>&1
      expect_text "$work/output" "storage.path: "
    done
  }
  # All scripts look at the path in the same way.
  refuses "" up.sh down.sh backup.sh reset.sh restore.sh
  # shellcheck disable=SC2016  # as text
  for path in var var/ . var/.. 'var/${storage.path}.db'; do refuses "$path" reset.sh; done
  [ -e "$tree/-wal" ]
  # shellcheck disable=SC2016  # as text
  expect_failure in_tree env DATA='${x}' MODE=local AGENCIES=0 MAKE=true scripts/up.sh >"$work/output" 2>&1
  expect_text "$work/output" "DATA: "
}

# An older var/ was open to others. Through a link in its place, the scripts change nothing: the service
# closes the folder only if nothing but the database is in it.
closes_an_older_folder() {
  rm -rf "${tree:?}/var"
  mkdir --mode=0755 "$tree/var"
  chmod g+s "$tree/var"
  in_tree env MODE=local AGENCIES=0 MAKE=true scripts/up.sh
  in_tree scripts/down.sh
  expect "var" "$(stat --format=%a "$tree/var")" 2750
  rm -rf "${tree:?}/var"
  mkdir --mode=0755 "$work/elsewhere"
  touch "$work/elsewhere/notes"
  ln -s "$work/elsewhere" "$tree/var"
  in_tree env MODE=local AGENCIES=0 MAKE=true scripts/up.sh
  in_tree scripts/down.sh
  expect "behind a link, with other files" "$(stat --format=%a "$work/elsewhere")" 755
  rm "$work/elsewhere/notes"
  in_tree env MODE=local AGENCIES=0 MAKE=true scripts/up.sh
  in_tree scripts/down.sh
  expect "behind a link, alone" "$(stat --format=%a "$work/elsewhere")" 750
  rm "$tree/var"
}

# The user that the database belongs to has to get to it.
says_who_cannot_reach_the_database() {
  give_folders_to_container
  chmod 0700 "$tree"
  expect_failure in_tree env MODE=local AGENCIES=0 MAKE=true scripts/up.sh >"$work/output" 2>&1
  chmod 0755 "$tree"
  expect_text "$work/output" "as the user $container_user, who can't search"
}

check_as_root "root follows no link on the way to the database" follows_no_link_on_the_way
check_as_root "root works behind a link as its owner" works_behind_a_link_as_its_owner
check_as_root "root refuses a way of several users" refuses_a_way_of_several_users
check_as_root "root reads no copy that a container made" reads_no_copy_that_a_container_made
check_as_root "a user who can't reach the database is named" says_who_cannot_reach_the_database
check "what is no path of a database is refused" refuses_what_is_no_path_of_a_database
check "an older folder of the database is closed to others" closes_an_older_folder
check_as_root "root follows no link in the database's folder" follows_no_link_in_the_database_folder
check_as_root "root follows no link beside a database" follows_no_link_beside_a_database
check_as_root "root waits for no FIFO in the database's folder" waits_for_no_fifo
check_as_root "root follows no link among the results" follows_no_link_among_the_results
check_as_root "root hands its own database over, and no link" hands_the_database_over
check_as_root "root hands over nothing that others could write" hands_over_nothing_that_others_could_write
check_as_root "root changes nothing in a folder of others" changes_nothing_in_a_folder_of_others
report
