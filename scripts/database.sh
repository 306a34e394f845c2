# shellcheck shell=bash
# The database: where it is, which user works on it, and whether something does. For the other scripts
# to source, from the project's folder, after messages.sh and settings.sh.
#
# A container can write to the database's folder. Therefore root does not open, change or follow
# anything in it: programs that do run as the folder's owner ("${as_database_user[@]}"), or in a
# container.

# The user that the images have of their own. Root's containers run as this user.
image_user=10001:10001

database=$(path_of "$(service_setting storage.path var/bets.db)")
database_folder=$(dirname -- "$database")

# SQLite's own files are beside the database. The journal exists before the database is first opened in
# WAL mode.
database_files=("$database" "$database-wal" "$database-shm" "$database-journal")

# Sets database_user, UID:GID, and as_database_user, the words before a command that runs as that user:
# the owner of the database's folder if root runs this, otherwise whoever runs this.
choose_database_user() {
  database_user=$(id -u):$(id -g)
  as_database_user=()
  if [ "$(id -u)" -ne 0 ] || [ ! -d "$database_folder" ]; then return; fi
  database_user=$(stat --dereference --format=%u:%g -- "$database_folder")
  if [ "${database_user%:*}" = 0 ]; then return; fi
  as_database_user=(setpriv --reuid="${database_user%:*}" --regid="${database_user#*:}" --clear-groups
    --no-new-privs --)
}
choose_database_user

# Ends the script with a sentence if the database belongs to another user and can't be changed.
refuse_database_of_others() {
  local file
  for file in "$database_folder" "${database_files[@]}"; do
    # A link in a folder that a container can write to leads anywhere.
    if [ -L "$file" ] && [ "$file" != "$database_folder" ]; then continue; fi
    if [ -e "$file" ] && ! "${as_database_user[@]}" test -w "$file"; then
      die "$file belongs to $(owner_of "$file"); $(name_of_user "${database_user%:*}") can't write to it."
    fi
  done
}

make_database_folder() {
  if [ ! -d "$database_folder" ]; then (umask 0027; mkdir --parents -- "$database_folder"); fi
}

# Has the database's folder belong to a user that is not root, before any container is started. Files
# of root change their owner only if nobody else could write to the folder until now, so that none of
# them can be a link that a container has made.
give_database_to_containers() {
  if [ "$(id -u)" -ne 0 ]; then return; fi
  if [ "${database_user%:*}" = 0 ]; then
    if [ -n "$(find -H "$database_folder" -maxdepth 0 -perm /022)" ]; then
      die "$database_folder belongs to root and others can write to it: make it 'chmod 0750' after a look at what is in it."
    fi
    find -H "$database_folder" -mindepth 1 -maxdepth 1 -type f -links 1 \
      -exec chown --no-dereference "$image_user" {} +
    chmod 0750 "$database_folder"
    chown "$image_user" "$database_folder"
    choose_database_user
  fi
}

# Whether a process has the database open as its own: a service locks it, whoever started it.
database_is_locked() {
  # shellcheck disable=SC2016  # $1 is for the inner shell
  local is_file='[ -f "$1" ] && [ ! -L "$1" ]'
  "${as_database_user[@]}" bash -c "$is_file" bash "$database" || return 1
  ! "${as_database_user[@]}" timeout 5 flock --nonblock "$database" true
}
