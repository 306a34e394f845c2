# shellcheck shell=bash
# The database: its path, the user that works on it, and whether a program uses it. To be sourced by other scripts,
# from the project's folder, after messages.sh and settings.sh.
#
# Containers can write to the database's folder. So root never opens, changes or follows anything in it. Programs that
# do so run as the folder's owner ("${as_database_user[@]}") or in a container.

# The default user of the images. Containers started by root run as this user.
image_user=10001:10001

database=$(path_of "$(service_setting storage.path var/bets.db)")
database_folder=$(dirname -- "$database")

# SQLite's other files, next to the database. The journal can exist before the database is first opened in WAL mode.
database_files=("$database" "$database-wal" "$database-shm" "$database-journal")

# Refuses paths that can't be a database; otherwise the scripts would delete or move something else.
case "$database" in
  "" | */ | . | .. | */. | */..) die "storage.path: '$database' is not the path of a file." ;;
esac
if [ -d "$database" ]; then die "storage.path: '$database' is a folder, not a file."; fi
# shellcheck disable=SC2016  # as text
refuse_references storage.path "$database"

# users_on_the_way FOLDER: prints UID:GID of each user except root who can replace FOLDER: the owners of FOLDER, of
# the folders above it, and of links on the way. The project's folder is trusted, because its scripts are running. If
# this can't be determined, ends with 1 and prints a sentence instead.
users_on_the_way() {
  local way=$1 here="" next target owner links=0
  local -a parts
  if [[ $way == "$(pwd -P)"/* ]]; then way=${way#"$(pwd -P)"/}; fi
  if [[ $way == /* ]]; then here=/; fi
  while [ -n "$way" ]; do
    next=${way%%/*}
    if [[ $way == */* ]]; then way=${way#*/}; else way=""; fi
    if [ -z "$next" ]; then continue; fi
    next=$here$next
    if [ ! -e "$next" ] && [ ! -L "$next" ]; then return; fi
    read -r -a parts < <(stat --format='%u:%g %a %f' -- "$next")
    owner=${parts[0]}
    if [ "${owner%%:*}" != 0 ]; then printf '%s\n' "$owner"; fi
    if [ -L "$next" ]; then
      links=$((links + 1))
      if [ "$links" -gt 40 ]; then
        echo "The path to the database leads through too many symbolic links, such as $next."
        return 1
      fi
      target=$(readlink -- "$next")
      if [[ $target == /* ]]; then here=/; fi
      way=$target/$way
      continue
    fi
    # In a folder with the sticky bit, only the owner of an entry can replace it.
    if [ "${owner%%:*}" = 0 ] && ((0${parts[1]} & 0022)) && ! { [ -n "$way" ] && ((0${parts[1]} & 01000)); }; then
      echo "$next belongs to root, but others can write to it, and could place links there for root to follow: choose another folder for the database, or look at what is in this one and run 'chmod go-w' on it."
      return 1
    fi
    here=$next/
  done
}

# Sets database_user (UID:GID) and as_database_user, the words that run a command as that user. It is the user that
# runs this script or, for root, the one user who can replace the database's folder.
choose_database_user() {
  local users
  database_user=$(id -u):$(id -g)
  as_database_user=()
  if [ "$(id -u)" -ne 0 ]; then return; fi
  users=$(users_on_the_way "$database_folder") || die "$users"
  users=$(sort --unique --field-separator=: --key=1,1 <<<"$users")
  if [ -z "$users" ]; then return; fi
  if [[ $users == *$'\n'* ]]; then
    die "The folders on the way to $database belong to more than one user besides root, and each of these users could lead root to another folder: choose a path whose folders belong to root and one user."
  fi
  database_user=$users
  if [ -d "$database_folder" ] && [ "$(stat --dereference --format=%u -- "$database_folder")" = "${users%:*}" ]; then
    database_user=$(stat --dereference --format=%u:%g -- "$database_folder")
  fi
  as_database_user=(setpriv --reuid="${database_user%:*}" --regid="${database_user#*:}" --clear-groups
    --no-new-privs --)
}
choose_database_user

# Ends the script with a sentence if the database belongs to another user and can't be written to.
refuse_database_of_others() {
  local file
  if [ -d "$database_folder" ] && ! "${as_database_user[@]}" test -x "$database_folder"; then
    die "Root works on the database as $(name_of_user "${database_user%:*}"), who can't search $database_folder: each folder on the way, such as $(pwd -P), must let that user pass (chmod o+x), or belong to that user."
  fi
  for file in "$database_folder" "${database_files[@]}"; do
    # A link in a folder that a container can write to may lead anywhere.
    if [ -L "$file" ] && [ "$file" != "$database_folder" ]; then continue; fi
    if [ -e "$file" ] && ! "${as_database_user[@]}" test -w "$file"; then
      die "$file belongs to $(owner_of "$file"); $(name_of_user "${database_user%:*}") can't write to it."
    fi
  done
}

# Creates the database's folder if it is missing. Removes others' permissions from an older var/.
make_database_folder() {
  if [ ! -d "$database_folder" ]; then
    # shellcheck disable=SC2016  # $1 is for the inner shell
    "${as_database_user[@]}" sh -c 'umask 0027 && mkdir -p -- "$1"' sh "$database_folder"
  fi
  if [ "$database_folder" -ef var ] && [ ! -L var ] && [ "$(stat --format=%u var)" = "${database_user%:*}" ] &&
    [ -n "$(find var -maxdepth 0 -perm /027)" ]; then
    "${as_database_user[@]}" chmod g-w,o-rwx var
  fi
}

# Gives the database's folder to a user other than root, before any container is started. Changes the owner of root's
# files only if root alone could write to the folder before. Then no container can have put a link there.
give_database_to_containers() {
  if [ "$(id -u)" -ne 0 ]; then return; fi
  if [ "${database_user%:*}" = 0 ]; then
    if [ -n "$(find -H "$database_folder" -maxdepth 0 -perm /022)" ]; then
      die "$database_folder belongs to root, but others can write to it: look at what is in it, and then run 'chmod 0750' on it."
    fi
    find -H "$database_folder" -mindepth 1 -maxdepth 1 -type f -links 1 \
      -exec chown --no-dereference "$image_user" {} +
    chmod 0750 "$database_folder"
    chown "$image_user" "$database_folder"
    choose_database_user
  fi
}

# True if a process has locked the database. Every service locks its database.
database_is_locked() {
  # shellcheck disable=SC2016  # $1 is for the inner shell
  local is_file='[ -f "$1" ] && [ ! -L "$1" ]'
  "${as_database_user[@]}" bash -c "$is_file" bash "$database" || return 1
  ! "${as_database_user[@]}" timeout 5 flock --nonblock "$database" true
}

# database_holder: describes the processes that have locked the database, as far as this user can see them.
database_holder() {
  local inode pid
  inode=$(stat --format=%i -- "$database")
  while read -r pid; do
    printf 'process %s, %s\n' "$pid" "$(cat "/proc/$pid/comm" 2>/dev/null || echo "of an unknown program")"
  done < <(awk -v inode="$inode" '$2 == "FLOCK" { split($6, id, ":"); if (id[3] == inode) print $5 }' /proc/locks) |
    paste -s -d ';'
}
