# shellcheck shell=bash
# The engine of the ledger, how the service is told, and how the scripts query it. To be sourced by up.sh and others,
# after settings.sh, database.sh and postgresql_cluster.sh.
# shellcheck disable=SC2034,SC2154  # what they set is read here, and what this sets is read there

# choose_storage MODE: sets storage to sqlite or postgresql, storage_options to the options that the service gets for
# it, and connection_string to that of the PostgreSQL database. Ends the script if ENGINE is neither.
choose_storage() {
  storage_options=()
  connection_string=$(service_setting storage.postgresql.connection "")
  storage=$(service_setting storage.engine sqlite)
  case "${ENGINE:-}" in
    "") ;;
    sqlite)
      storage=sqlite
      storage_options=(--storage.engine=sqlite)
      ;;
    postgresql)
      storage=postgresql
      connection_string=$(cluster_connection)
      storage_options=(--storage.engine=postgresql --storage.postgresql.connection="$connection_string")
      export PGPASSFILE
      PGPASSFILE=$(pwd -P)/$cluster_folder/pgpass
      ;;
    *) die "ENGINE: '$ENGINE' is neither sqlite nor postgresql" ;;
  esac
  # In containers, the database is queried in its own container.
  if [ "$storage" = postgresql ] && [ "$1" = local ] && ! command -v psql >/dev/null; then scripts/install_packages.sh psql; fi
}

# query_storage SQL: prints the result. Runs as the database's user, for at most query_timeout_seconds.
query_storage() {
  if [ "$storage" = postgresql ]; then
    "${as_database_user[@]}" timeout "$query_timeout_seconds" psql --no-psqlrc --quiet --tuples-only --no-align \
      --dbname="$connection_string" --command="$1"
  else
    "${as_database_user[@]}" timeout "$query_timeout_seconds" sqlite3 -readonly -init /dev/null "$database" "$1"
  fi
}

# database_shell MODE: prints the command with which a person can look into the database.
database_shell() {
  if [ "$storage" != postgresql ]; then
    printf 'sqlite3 %s\n' "$database"
  elif [ "$1" = docker ]; then
    echo "docker exec --interactive --tty postgresql psql --host=127.0.0.1 --username=lottery lottery"
  elif [ "${ENGINE:-}" = postgresql ]; then
    printf 'PGPASSFILE=%s/pgpass psql "%s"\n' "$cluster_folder" "$connection_string"
  else
    printf 'psql %q\n' "$connection_string"
  fi
}
