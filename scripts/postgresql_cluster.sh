# shellcheck shell=bash
# The PostgreSQL cluster of `make up ENGINE=postgresql` in run/postgresql/: creating, starting and stopping it. To be
# sourced by other scripts, from the project's folder, after messages.sh, settings.sh, run_folder.sh and database.sh.
#
# Root's cluster runs as the user postgres, because PostgreSQL's programs refuse root. If that user can't reach this
# folder, run/postgresql is a link to a folder in /var/lib/postgresql. The service connects through a Unix socket in the
# folder, as the role lottery, with a password that is only in run/postgresql/pgpass.
# shellcheck disable=SC2154  # database.sh sets database_user, and lock_run_folder sets lock

cluster_folder=run/postgresql
cluster_log=$cluster_folder/server.log
cluster_programs=/usr/lib/postgresql/15/bin

cluster_start_timeout_seconds=60
# The path of a Unix socket has at most 107 bytes (unix(7)). The name of the socket takes 15 of them.
cluster_path_bytes_max=92

# Sets as_cluster_user to the words that run a command as the cluster's user.
choose_cluster_user() {
  as_cluster_user=()
  if [ "$(id -u)" -ne 0 ]; then return; fi
  as_cluster_user=(setpriv --reuid=postgres --regid=postgres --init-groups --)
}

# The path of the folder as the server sees it.
cluster_path() { realpath --canonicalize-missing -- "$cluster_folder"; }

cluster_exists() { [ -e "$cluster_folder/complete" ]; }

# cluster_connection: the connection string for the service.
cluster_connection() { printf "host='%s' dbname=lottery user=lottery\n" "$(cluster_path)"; }

# on_cluster PROGRAM ...: runs one of PostgreSQL's programs as the cluster's user.
on_cluster() {
  local program=$1
  shift
  choose_cluster_user
  "${as_cluster_user[@]}" "$cluster_programs/$program" "$@"
}

cluster_is_up() {
  cluster_exists && [ -x "$cluster_programs/pg_ctl" ] && on_cluster pg_ctl --pgdata="$(cluster_path)/data" status >/dev/null 2>&1
}

# Makes an empty folder for the cluster, and deletes the remains of an interrupted run. Ends the script if that is not
# possible.
make_cluster_folder() {
  local path
  if [ -e "$cluster_folder" ] && [ ! -O "$cluster_folder" ] && [ "$(id -u)" -ne 0 ]; then
    refuse_path_of_others "$cluster_folder"
  fi
  remove_cluster_folder
  choose_cluster_user
  path=$(pwd -P)/$cluster_folder
  if ! "${as_cluster_user[@]}" test -x "$(pwd -P)"; then
    path=/var/lib/postgresql/lottery-$(pwd -P | cksum | cut -d ' ' -f 1)
    say "The server runs as the user postgres, who can't reach $(pwd -P): its cluster is in $path."
  fi
  if [ "${#path}" -gt "$cluster_path_bytes_max" ]; then
    die "ENGINE=postgresql: the path $path is longer than $cluster_path_bytes_max bytes, too long for the server's socket in it: use a folder with a shorter path."
  fi
  case "$path" in
    *[\'\"\\,\$\`]*) die "ENGINE=postgresql: the path $path has one of the characters ' \" \\ , \$ \` in it, which connection strings can't have: use another folder." ;;
  esac
  rm -rf --one-file-system -- "$path"
  mkdir --mode=0755 "$path"
  if [ "$path" != "$(pwd -P)/$cluster_folder" ]; then ln -s -- "$path" "$cluster_folder"; fi
}

remove_cluster_folder() { rm -rf --one-file-system -- "$(cluster_path)" "$cluster_folder"; }

random_password() { od --address-radix=n --format=x1 --read-bytes=16 /dev/urandom | tr -d ' \n'; }

# Makes the cluster, with an empty database.
make_cluster() {
  local password admin_password
  echo "Making a PostgreSQL cluster in $cluster_folder."
  make_cluster_folder
  password=$(random_password)
  admin_password=$(random_password)
  printf '*:*:lottery:lottery:%s\n' "$password" >"$cluster_folder/pgpass"
  printf '*:*:*:postgres:%s\n' "$admin_password" >"$cluster_folder/admin.pgpass"
  printf '%s\n' "$admin_password" >"$cluster_folder/admin.password"
  chmod 0600 "$cluster_folder"/*
  if [ "$(id -u)" -eq 0 ]; then
    chown "$database_user" "$cluster_folder/pgpass"
    chown postgres: "$(cluster_path)" "$cluster_folder/admin.password"
  fi
  on_cluster initdb --pgdata="$(cluster_path)/data" --username=postgres --pwfile="$(cluster_path)/admin.password" \
    --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 >/dev/null
  rm -f -- "$cluster_folder/admin.password"
  start_cluster
  echo "CREATE ROLE lottery LOGIN PASSWORD '$password';" | run_as_admin
  create_database
  "${as_cluster_user[@]}" touch "$(cluster_path)/complete"
}

# Runs the SQL on standard input as the cluster's superuser.
run_as_admin() {
  PGPASSFILE=$cluster_folder/admin.pgpass "$cluster_programs/psql" --no-psqlrc --quiet --set=ON_ERROR_STOP=1 \
    --host="$(cluster_path)" --username=postgres --dbname=postgres
}

create_database() {
  echo "CREATE DATABASE lottery OWNER lottery ENCODING 'UTF8' TEMPLATE template0;" | run_as_admin
  echo "REVOKE CONNECT, TEMPORARY ON DATABASE lottery FROM PUBLIC;" | run_as_admin
}

start_cluster() {
  # In its own session, the server does not receive this terminal's Ctrl-C.
  if ! (
    if [ -n "${lock:-}" ]; then exec {lock}>&-; fi
    choose_cluster_user
    exec setsid --wait -- "${as_cluster_user[@]}" "$cluster_programs/pg_ctl" --pgdata="$(cluster_path)/data" \
      --log="$(cluster_path)/server.log" --wait --timeout="$cluster_start_timeout_seconds" --silent \
      --options="-c listen_addresses='' -c unix_socket_directories='$(cluster_path)'" start </dev/null
  ); then
    tail -n 5 "$cluster_log" | printable >&2 || true
    die "The PostgreSQL server could not start: see $cluster_log"
  fi
}

# Starts the cluster, and creates it first if there is none. Installs PostgreSQL's server if it is missing.
prepare_cluster() {
  scripts/install_packages.sh postgresql
  if ! cluster_exists; then
    make_cluster
  elif ! cluster_is_up; then
    start_cluster
  fi
}

# Starts the cluster if necessary, for a script that works on it while services may or may not run. Ends the script if
# there is no cluster.
cluster_is_borrowed=""
borrow_cluster() {
  if ! cluster_exists; then die "There is no PostgreSQL cluster yet in $cluster_folder."; fi
  if cluster_is_up; then return; fi
  start_cluster
  cluster_is_borrowed=1
}

# Stops the cluster again if the script has started it.
return_cluster() { if [ -n "$cluster_is_borrowed" ]; then stop_cluster; fi; }

stop_cluster() {
  on_cluster pg_ctl --pgdata="$(cluster_path)/data" --mode=fast --wait --silent stop
}
