# shellcheck shell=bash
# The lottery in containers: which engine there is, how compose is called, whether this folder's
# containers are up, and their end. For the other scripts to source, from the project's folder, after
# settings.sh.

# What the last `make up` wrote for its agencies.
compose_file=var/compose.yaml
compose_log=var/log/compose.log

engine_timeout_seconds=10

# The version of the Docker engine that answers, or nothing.
engine_version() {
  if ! command -v docker >/dev/null; then return; fi
  timeout "$engine_timeout_seconds" docker version --format '{{ .Server.Version }}' 2>/dev/null || true
}

# Compose comes as a part of docker, or, older, as a program of its own.
has_compose() { docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null; }

compose() {
  local command=(docker-compose)
  if docker compose version >/dev/null 2>&1; then command=(docker compose); fi
  "${command[@]}" --project-name lottery --project-directory docker --file "$compose_file" "$@"
}

# compose, with what it says kept in a file: shown where it fails.
quiet_compose() {
  if compose "$@" </dev/null >"$compose_log" 2>&1; then return; fi
  cat "$compose_log" >&2
  return 1
}

# our_containers [OPTION ...]: the names of this folder's containers, running or not, one a line.
our_containers() {
  docker container ls --all --filter "label=lottery.folder=$(pwd -P)" --format '{{ .Names }}' "$@"
}

# Stops this folder's containers and removes them; the service's log stays in var/log. Says which of
# those that ran has not ended with 0, and fails then.
remove_containers() {
  local names name code was_running result=0
  mapfile -t names < <(our_containers)
  if [ ${#names[@]} -eq 0 ]; then return; fi
  was_running=" $(our_containers --filter status=running | tr '\n' ' ')"
  mkdir -p var/log
  # Every container of the lottery but the server is an agency.
  if [ ! -e "$compose_file" ]; then docker/generate-compose.sh $((${#names[@]} - 1)) "$compose_file"; fi
  quiet_compose stop
  docker logs server >var/log/service.log 2>&1 || true
  while read -r name code; do
    name=${name#/}
    if [ "$code" = 0 ] || [[ $was_running != *" $name "* ]]; then continue; fi
    echo "The container $name has ended with $code." >&2
    result=1
  done < <(docker container inspect --format '{{ .Name }} {{ .State.ExitCode }}' "${names[@]}")
  quiet_compose down --remove-orphans
  return "$result"
}
