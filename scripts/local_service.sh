# shellcheck shell=bash
# The services that `make up` started as processes of this machine: whether they run, who owns them, and stopping
# them. To be sourced by other scripts, from the project's folder, after messages.sh and run_folder.sh.
# shellcheck disable=SC2154  # what they set is read here

# A stop takes at most 5 seconds; after this time the scripts give up.
stop_timeout_seconds=15

# is_our_service PID: true if it is a lottery_service running in this folder. The pid in an old file may belong to
# another program. A program that was rebuilt is shown as "(deleted)". For another user's process, only the name can
# be read.
is_our_service() {
  local program folder
  if [ "$(stat --format=%u "/proc/$1")" != "$(id -u)" ] && [ "$(id -u)" -ne 0 ]; then
    read -r program <"/proc/$1/comm" && [ "$program" = lottery_service ] &&
      ! grep --quiet '^State:[[:space:]]*Z' "/proc/$1/status"
    return
  fi
  folder=$(readlink "/proc/$1/cwd") && program=$(readlink "/proc/$1/exe") || return 1
  program=${program% (deleted)}
  [ "${program##*/}" = lottery_service ] && [ "$folder" = "$(pwd -P)" ]
} 2>/dev/null  # the process may end at any moment

# is_hidden PID: true if the process exists although /proc does not show it (mount option hidepid).
is_hidden() {
  local error
  if [ -e "/proc/$1" ]; then return 1; fi
  error=$(builtin kill -0 "$1" 2>&1) || [[ $error == *"not permitted"* ]]
}

# find_service FILE: sets service_pid to the process of the service whose pid is in FILE, and service_user to the user
# that it belongs to; both are empty if it does not run.
find_service() {
  local pid=""
  service_pid=""
  service_user=""
  if [ ! -e "$1" ]; then return; fi
  if [ ! -r "$1" ]; then
    die "$1 belongs to $(owner_of "$1") and can't be read, so it is not known whether a service runs in this folder."
  fi
  read -r pid <"$1" || true
  if ! [[ $pid =~ ^[1-9][0-9]{0,9}$ ]]; then return; fi
  if is_hidden "$pid"; then
    service_pid=$pid
    service_user=$(owner_of "$1")
  elif is_our_service "$pid"; then
    service_pid=$pid
    service_user=$(owner_of "/proc/$pid")
  fi
}

# Sets service_pids to the processes of the services that were started in this folder.
find_services() {
  local file
  service_pids=()
  if [ -d run ] && [ ! -x run ]; then
    die "run belongs to $(owner_of run) and can't be searched, so it is not known whether a service runs in this folder."
  fi
  for file in "$pid_file" "${pid_file%.pid}"-[2-9].pid; do
    find_service "$file"
    if [ -n "$service_pid" ]; then service_pids+=("$service_pid"); fi
  done
}

# Ends the script with a sentence if a service that runs in this folder belongs to another user and can't be stopped.
# Calls find_services.
refuse_service_of_others() {
  local file
  find_services
  for file in "$pid_file" "${pid_file%.pid}"-[2-9].pid; do
    find_service "$file"
    if [ -z "$service_pid" ]; then continue; fi
    if ! kill -0 "$service_pid" 2>/dev/null; then
      die "The service of this folder runs as $service_user (process $service_pid): only $service_user or root can stop it."
    fi
    # If root starts the service as the database's user, root still owns its pid file.
    if [ ! -w run ]; then
      die "The service of this folder (process $service_pid) was started by $(owner_of "$file"): only $(owner_of "$file") or root can stop it."
    fi
  done
}

# Stops the services found by find_services, and waits until they have ended.
stop_services() {
  local pid
  for pid in "${service_pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done  # it may have ended by itself
  for pid in "${service_pids[@]}"; do
    if ! timeout "$stop_timeout_seconds" tail --pid="$pid" --sleep-interval=0.1 -f /dev/null; then
      die "The service (process $pid) has not stopped within $stop_timeout_seconds seconds."
    fi
  done
  remove_pid_files
}

# Removes the files that this user may remove.
remove_pid_files() {
  local file
  for file in "$pid_file" "${pid_file%.pid}"-[2-9].pid; do
    if [ -O "$file" ]; then rm -f "$file"; fi
  done
}
