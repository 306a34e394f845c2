# shellcheck shell=bash
# The lottery in containers. For up.sh to source: it calls what is defined here, and sets what is read
# here.
# shellcheck disable=SC2004,SC2034,SC2154  # up.sh has the variables, and arrays by agency

# The user that the images have of their own.
image_user=10001
service_log="docker logs server"
declare -A agency_of=()  # by container

prepare_programs() {
  if [[ ! $database =~ ^var/[^/]+$ ]]; then
    die "storage.path: '$database' is not in var/, the only folder that the containers may write"
  fi
  # The service that is running stops by the file that it started with.
  docker/generate-compose.sh "${#ids[@]}" "$compose_file.next"
  docker/build_images.sh
  if ! command -v sqlite3 >/dev/null; then scripts/install_packages.sh database || true; fi
  choose_user
  export AGENCIES=$agencies SERVICE_PORT=$port AGENCY_OPTIONS=${agency_options[*]}
  export BETS_FOLDER LOTTERY_FOLDER
  BETS_FOLDER=$(realpath "$bets_folder")
  LOTTERY_FOLDER=$(pwd -P)
  if [ ${#ids[@]} -eq 0 ]; then unset AGENCIES; fi
}

# The programs run as whoever runs this, so that the database is theirs.
choose_user() {
  local file others
  export LOTTERY_USER
  LOTTERY_USER=$(id -u):$(id -g)
  if docker info --format '{{ .SecurityOptions }}' | grep -q name=rootless; then
    LOTTERY_USER=0:0  # which is how an engine without root calls its user
  elif [ "$(id -u)" -eq 0 ]; then
    # No program of ours is root. The database is root's all the same; its group may write it.
    LOTTERY_USER=$image_user:$image_user
    : >>"$database"
    chgrp "$image_user" var "$database"*
    chmod g+rwxs var
    chmod g+rw "$database"*
    others=(service/service.properties agency_client/agency.properties)
    for id in "${ids[@]}"; do others+=("$bets_folder/agency-$id.csv"); done
    for file in "${others[@]}"; do
      if [ -z "$(find -L "$file" -perm -o=r)" ]; then
        die "$file: only its owner may read it, and in containers root's programs run as another user: chmod o+r"
      fi
    done
  fi
}

# Starts the service, and waits until it is healthy or has ended.
start_service() {
  local status health
  mv "$compose_file.next" "$compose_file"
  if docker container inspect server >/dev/null 2>&1; then
    die "The engine has a container named server that is none of this folder's: it must go first."
  fi
  quiet_compose up --detach --no-build server || die "The service could not start."
  while :; do
    read -r status health < <(docker container inspect \
      --format '{{ .State.Status }} {{ .State.Health.Status }}' server)
    case "$status $health" in
      "running healthy") break ;;
      "running starting") sleep "$check_seconds" ;;
      *)
        docker logs server 2>&1 | grep '^lottery_service: ' >&2 || docker logs --tail 5 server >&2
        remove_containers 2>/dev/null || true
        die "The service could not start."
        ;;
    esac
  done
  echo "The service listens on port $port of the network testing_net (container server)."
}

service_is_up() { [ "$(docker container inspect --format '{{ .State.Running }}' server)" = true ]; }

# Starts a container for each of ids; running_agencies holds their names.
start_agencies() {
  local number=0 id
  for id in "${ids[@]}"; do
    number=$((number + 1))
    export "AGENCY_$number=$id"
    running_agencies[$id]=client$number
    agency_of[client$number]=$id
  done
  if [ "$number" -eq 0 ]; then return; fi
  quiet_compose up --detach --no-build || die "Not every agency could start."
}

# Moves those that have ended from running_agencies to exit_codes, and writes their logs.
collect_ended_agencies() {
  local id name status code ended_at
  local -A gone=()
  for id in "${!running_agencies[@]}"; do gone[$id]=yes; done
  while read -r name status code ended_at; do
    id=${agency_of[${name#/}]}
    unset "gone[$id]"
    if [ "$status" != exited ] && [ "$status" != dead ]; then continue; fi
    exit_codes[$id]=$code
    docker logs "${name#/}" >"$log_folder/agency-$id.log" 2>&1 || true
    touch --date="$ended_at" "$log_folder/agency-$id.log"
    unset "running_agencies[$id]"
  done < <(docker container inspect --format \
    '{{ .Name }} {{ .State.Status }} {{ .State.ExitCode }} {{ .State.FinishedAt }}' \
    "${running_agencies[@]}" 2>/dev/null)
  # Who has taken it away knows why.
  for id in "${!gone[@]}"; do
    exit_codes[$id]=gone
    echo "agency_client: its container is gone" >"$log_folder/agency-$id.log"
    unset "running_agencies[$id]"
  done
}

tell_agencies_to_stop() {
  docker kill --signal TERM "${running_agencies[@]}" >/dev/null 2>&1 || true
}
