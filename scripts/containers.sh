# shellcheck shell=bash
# The lottery in containers: which engine there is, how compose is called, whether this folder's
# containers are up, and their end. For the other scripts to source, from the project's folder, after
# messages.sh, run_folder.sh and database.sh.
# shellcheck disable=SC2154  # what they set is read here

# The compose file that the last `make up` wrote. It exists as long as its containers do.
compose_file=run/compose.yaml
compose_log=$log_folder/compose.log

engine_timeout_seconds=10

# Prints the version of the Docker engine that answers, or nothing.
engine_version() {
  if ! command -v docker >/dev/null; then return; fi
  timeout "$engine_timeout_seconds" docker version --format '{{ .Server.Version }}' 2>/dev/null || true
}

# Compose is a part of docker or, in older versions, a program of its own.
has_compose() { docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null; }

compose() {
  local command=(docker-compose)
  if docker compose version >/dev/null 2>&1; then command=(docker compose); fi
  "${command[@]}" --project-name lottery --project-directory docker --file "$compose_file" "$@"
}

# Runs compose. Its output is shown only if it fails.
quiet_compose() {
  if compose "$@" </dev/null >"$compose_log" 2>&1; then return; fi
  printable <"$compose_log" >&2
  return 1
}

# our_containers [OPTION ...]: prints the names of this folder's containers, one a line, running or not.
our_containers() {
  docker container ls --all --filter "label=lottery.folder=$(pwd -P)" --format '{{ .Names }}' "$@"
}

# live_containers: prints the names of those that run or that the engine may restart.
live_containers() {
  our_containers --filter status=running --filter status=restarting --filter status=paused \
    --filter status=removing
}

# Ends the script if a service uses the database or may use it again. Before, call find_services and set engine.
refuse_running_service() {
  local containers
  if [ -n "$engine" ]; then
    containers=$(live_containers | sort -V | paste -s -d ' ')
    if [ -n "$containers" ]; then
      die "The service is running on $database (containers: $containers): run 'make down' first."
    fi
  fi
  if [ ${#service_pids[@]} -ne 0 ] || database_is_locked; then
    die "The service is running on $database: run 'make down' first."
  fi
}

# Sets container_user (UID:GID) to the user that this folder's containers run as, which is the owner of the database's
# folder. Call it after give_database_to_containers.
choose_container_user() {
  container_user=$database_user
  # In an engine without root, root stands for the user who runs the engine.
  if docker info --format '{{ .SecurityOptions }}' | grep --quiet name=rootless; then container_user=0:0; fi
}

# Stops and removes this folder's containers; the service's log stays in run/log. Fails, with a sentence for each, if a
# container that ran ended with a wrong exit code or could not be removed. The service and its database should end with
# 0, and an agency with 0 or 143, because it is stopped before its work is done. Sets containers_are_gone to yes if none
# is left.
remove_containers() {
  local names name code was_running left result=0
  containers_are_gone=""
  mapfile -t names < <(our_containers)
  if [ ${#names[@]} -eq 0 ]; then
    containers_are_gone=yes
    rm -f "$compose_file"
    return
  fi
  was_running=" $(live_containers | tr '\n' ' ')"
  make_run_folders "$log_folder"
  # All containers of the lottery except the service and its database are agencies.
  if [ ! -e "$compose_file" ]; then docker/generate-compose.sh $((${#names[@]} - 1)) "$compose_file"; fi
  if [[ " ${names[*]} " == *" postgresql "* ]]; then export COMPOSE_PROFILES=postgresql; fi
  quiet_compose stop || result=1
  docker logs server >"$log_folder/service.log" 2>&1 || true
  while read -r name code; do
    name=${name#/}
    if [ "$code" = 0 ] || [[ $was_running != *" $name "* ]]; then continue; fi
    if [ "$code" = 143 ] && [ "$name" != server ] && [ "$name" != postgresql ]; then continue; fi
    say "The container $name has ended with $code." >&2
    result=1
  done < <(docker container inspect --format '{{ .Name }} {{ .State.ExitCode }}' "${names[@]}")
  quiet_compose down --remove-orphans || result=1
  left=$(our_containers | sort -V | paste -s -d ' ') || left="(the engine does not list them)"
  if [ -n "$left" ]; then
    say "These containers could not be removed: $left" >&2
    return 1
  fi
  # shellcheck disable=SC2034  # for those that source this
  containers_are_gone=yes
  rm -f "$compose_file"
  return "$result"
}

# Ends the script if storage.path is not where the containers expect the database.
refuse_database_outside_var() {
  if [[ ! $database =~ ^var/[^/.][^/]*$ ]]; then
    die "storage.path: '$database' is not in var/, the only folder that the service's container can write to."
  fi
}

# run_service_image OPTION ...: runs lottery_service once, in a container that can read and write only the database's
# folder. It has the caller's standard input and output.
run_service_image() {
  local folder
  refuse_database_outside_var
  docker/build_images.sh service </dev/null >&2
  choose_container_user
  folder=$(pwd -P)/var
  docker run --rm --interactive --log-driver none --network none --read-only --cap-drop ALL \
    --security-opt no-new-privileges --pids-limit 64 --memory 1g --user "$container_user" \
    --env SQLITE_TMPDIR=/lottery/var \
    --mount "type=bind,\"source=${folder//\"/\"\"}\",target=/lottery/var" \
    lottery-service --storage.path="$database" "$@"
}
