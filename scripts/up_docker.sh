# shellcheck shell=bash
# The lottery in containers. For up.sh to source: it calls what is defined here, and sets what is read
# here.
# shellcheck disable=SC2004,SC2034,SC2154  # up.sh has the variables, and arrays by agency

service_log="docker logs server"
query_timeout_seconds=5
declare -A agency_of=()  # by container

# Sets board_port to the port of this machine that leads to the status page; to nothing if there is none.
choose_published_port() {
  local chosen=yes
  board_port=$(service_setting status.port 12346)
  if [ "$board_port" = 12346 ] && [ -z "${STATUS_PORT:-}" ]; then chosen=""; fi
  case "$board_port" in
    none) board_port="" ;;
    any)
      say "status.port: any has no effect in containers: the status page is not published." >&2
      board_port=""
      ;;
    *)
      if ! is_port "$board_port"; then die "status.port: '$board_port' is not a port from 1 to 65535, any or none."; fi
      if port_is_taken "$board_port" && ! docker container port server 2>/dev/null | grep --quiet ":$board_port\$"; then
        if [ -n "$chosen" ]; then die "status.port: another program of this machine listens on port $board_port."; fi
        say "No board: another program of this machine listens on port $board_port. Choose another port with STATUS_PORT=..." >&2
        board_port=""
      fi
      ;;
  esac
}

port_is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

prepare_programs() {
  local options=() host
  refuse_database_outside_var
  host=$(service_setting service.host 0.0.0.0)
  if [ "$host" != 0.0.0.0 ]; then
    say "service.host: '$host' (from $(service_setting_source service.host)) has no effect in containers: the service listens on all addresses of its network." >&2
  fi
  choose_published_port
  if [ -n "$board_port" ]; then board_url="http://127.0.0.1:$board_port/"; else options+=(--unpublished); fi
  if [ "$tls" = 1 ]; then options+=(--tls); fi
  if [ "${PLAINTEXT:-0}" = 1 ]; then options+=(--plaintext); fi
  if [ "${AGAIN:-0}" = 1 ]; then options+=(--again); fi
  if [ "${NO_BETS:-0}" = 1 ]; then options+=(--no-bets); fi
  # To stop the running containers, compose needs the file that they were started with.
  docker/generate-compose.sh "${options[@]}" "${#ids[@]}" "$compose_file.next"
  docker/build_images.sh
  if [ "${ENGINE:-}" = postgresql ]; then
    docker/build_images.sh postgresql
    # Chooses the profile of the compose file, and tells the service where its database is.
    export COMPOSE_PROFILES=postgresql STORAGE_ENGINE=postgresql STORAGE_POSTGRESQL_CONNECTION
    STORAGE_POSTGRESQL_CONNECTION="host=postgresql dbname=lottery user=lottery"
  fi
  export AGENCIES=$agencies SERVICE_PORT=$port BETS_FOLDER LOTTERY_FOLDER
  if [ "$tls" = 1 ]; then export SERVICE_TLS_PORT=$tls_port; fi
  if [ -n "$board_port" ]; then export BOARD_PORT=$board_port; fi
  BETS_FOLDER=$(realpath -- "$bets_folder")
  LOTTERY_FOLDER=$(pwd -P)
  if [ ${#ids[@]} -eq 0 ]; then unset AGENCIES; fi
}

# Ends the script if the programs can't read their files. Root's containers run as another user.
check_that_containers_can_read() {
  local id file files=(service/service.properties agency_client/agency.properties)
  if [ "$(id -u)" -ne 0 ]; then return; fi
  for id in "${ids[@]}"; do files+=("$bets_folder/agency-$id.csv"); done
  for file in "${files[@]}"; do
    if [ -z "$(find -L "$file" -maxdepth 0 \( -perm -o=r -o -gid "${container_user#*:}" -perm -g=r -o \
      -uid "${container_user%:*}" -perm -u=r \))" ]; then
      die "$file can't be read by the user $container_user, as which root's containers run: run 'chgrp ${container_user#*:}' and 'chmod g+r' on it."
    fi
  done
}

# A private key must belong to the user that reads it. In an engine without root, the containers' root is the user who
# runs this script, and the files belong to that user already.
give_certificates_to_containers() {
  local id
  if [ "$tls" != 1 ] || [ "$(id -u)" -ne 0 ]; then return; fi
  for id in "${ids[@]}"; do
    chown --no-dereference "$container_user" "$certificates_folder/agency-$id" "$certificates_folder/agency-$id"/*.pem
  done
  chown --no-dereference "$container_user" "$certificates_folder/service" "$certificates_folder/service"/*.pem
}

# Starts the service, and waits until it is healthy or has ended.
start_service() {
  local status health restarts
  give_database_to_containers
  choose_container_user
  export LOTTERY_USER=$container_user
  check_that_containers_can_read
  give_certificates_to_containers
  mv "$compose_file.next" "$compose_file"
  if docker container inspect server >/dev/null 2>&1; then
    die "The engine has a container named server that does not belong to this folder: remove it first."
  fi
  if [ "${ENGINE:-}" = postgresql ]; then start_postgresql_container; fi
  quiet_compose up --detach --no-build server || die_without_service
  while :; do
    read -r status health restarts < <(docker container inspect \
      --format '{{ .State.Status }} {{ .State.Health.Status }} {{ .RestartCount }}' server)
    case "$status $health $restarts" in
      "running healthy "*) break ;;
      "running starting 0") sleep "$check_seconds" ;;
      *)
        { docker logs server 2>&1 | grep --text --max-count=1 '^lottery_service: ' ||
          docker logs --tail 5 server 2>&1; } | printable >&2
        remove_containers >/dev/null 2>&1 || true
        die_without_service
        ;;
    esac
  done
  echo "The service listens on port $agency_port of the network testing_net (container server)$(tell_tls)."
  tell_board
}

# Starts the database, and waits until it answers.
start_postgresql_container() {
  local status health
  quiet_compose up --detach --no-build postgresql || die_without_service
  while :; do
    read -r status health < <(docker container inspect --format '{{ .State.Status }} {{ .State.Health.Status }}' postgresql)
    case "$status $health" in
      "running healthy") return ;;
      "running starting") sleep "$check_seconds" ;;
      *)
        docker logs --tail 5 postgresql 2>&1 | printable >&2
        remove_containers >/dev/null 2>&1 || true
        die_without_service
        ;;
    esac
  done
}

service_is_up() { [ "$(docker container inspect --format '{{ .State.Running }}' server)" = true ]; }

# query_database SQL: prints the result. The query runs inside the container, because this script must not open files
# that a container can write.
query_database() {
  if [ "${ENGINE:-}" = postgresql ]; then
    timeout "$query_timeout_seconds" docker exec postgresql psql --no-psqlrc --quiet --tuples-only --no-align \
      --host=127.0.0.1 --username=lottery --dbname=lottery --command="$1" | head --bytes=200000
    return
  fi
  timeout "$query_timeout_seconds" docker exec server \
    sqlite3 -readonly -init /dev/null "$database" "$1" | head --bytes=200000
}

# Starts a container for each of ids. running_agencies holds the containers' names.
start_agencies() {
  local number=0 id
  for id in "${ids[@]}"; do
    number=$((number + 1))
    export "AGENCY_$number=$id"
    running_agencies[$id]=client$number
    agency_of[client$number]=$id
    # In an engine without root, the containers' root is the user who runs this script, and owns the folder already.
    if [ "$(id -u)" -eq 0 ]; then chown --no-dereference "$container_user" "$results_folder/agency-$id"; fi
  done
  if [ "$number" -eq 0 ]; then return; fi
  if [ "${AGAIN:-0}" = 1 ]; then
    LAST_DRAW=$(last_draw)
    export LAST_DRAW
  fi
  quiet_compose up --detach --no-build || die "Not every agency could start."
}

# Moves the agencies that have ended from running_agencies to exit_codes, and writes their logs.
collect_ended_agencies() {
  local id name status code
  local -A gone=()
  for id in "${!running_agencies[@]}"; do gone[$id]=yes; done
  while read -r name status code; do
    id=${agency_of[${name#/}]}
    unset "gone[$id]"
    if [ "$status" != exited ] && [ "$status" != dead ]; then continue; fi
    exit_codes[$id]=$code
    docker logs "${name#/}" >"$log_folder/agency-$id.log" 2>&1 || true
    unset "running_agencies[$id]"
  done < <(docker container inspect --format '{{ .Name }} {{ .State.Status }} {{ .State.ExitCode }}' \
    "${running_agencies[@]}" 2>/dev/null)
  # Somebody has removed the container.
  for id in "${!gone[@]}"; do
    exit_codes[$id]=gone
    echo "agency_client: its container is gone" >"$log_folder/agency-$id.log"
    unset "running_agencies[$id]"
  done
}

tell_agencies_to_stop() {
  docker kill --signal TERM "${running_agencies[@]}" >/dev/null 2>&1 || true
}
