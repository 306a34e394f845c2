# shellcheck shell=bash
# The service that `make up` started as a process of this machine: whether it runs, whose it is, and its
# end. For the other scripts to source, from the project's folder, after messages.sh and run_folder.sh.
# shellcheck disable=SC2154  # what they set is read here

# A stop takes 5 seconds at most; after this time the scripts give up.
stop_timeout_seconds=15

# is_our_service PID: whether it is a lottery_service that runs in this folder. The pid in an old file
# may belong to another program by now. A program that was built anew since is "(deleted)". Of another
# user's process, only its name can be read.
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

# is_hidden PID: whether the process exists although /proc doesn't show it (mount option hidepid).
is_hidden() {
  local error
  if [ -e "/proc/$1" ]; then return 1; fi
  error=$(builtin kill -0 "$1" 2>&1) || [[ $error == *"not permitted"* ]]
}

# Sets service_pid to the process of the service that was started in this folder, and service_user to
# the user that it belongs to; both are empty if none runs.
find_service() {
  local pid=""
  service_pid=""
  service_user=""
  if [ -d run ] && [ ! -x run ]; then
    die "run belongs to $(owner_of run), and can't be searched: whether a service runs in this folder is not known."
  fi
  if [ ! -e "$pid_file" ]; then return; fi
  if [ ! -r "$pid_file" ]; then
    die "$pid_file belongs to $(owner_of "$pid_file"), and can't be read: whether a service runs in this folder is not known."
  fi
  read -r pid <"$pid_file" || true
  if ! [[ $pid =~ ^[1-9][0-9]{0,9}$ ]]; then return; fi
  if is_hidden "$pid"; then
    service_pid=$pid
    service_user=$(owner_of "$pid_file")
  elif is_our_service "$pid"; then
    service_pid=$pid
    service_user=$(owner_of "/proc/$pid")
  fi
}

# Ends the script with a sentence if the service that runs in this folder belongs to another user and
# can't be stopped. Calls find_service.
refuse_service_of_others() {
  find_service
  if [ -n "$service_pid" ] && ! kill -0 "$service_pid" 2>/dev/null; then
    die "The service of this folder runs as $service_user (process $service_pid): only $service_user or root can stop it."
  fi
  # Root has the service run as the database's user, and keeps its pid file.
  if [ -n "$service_pid" ] && [ ! -w run ]; then
    die "The service of this folder (process $service_pid) was started by $(owner_of "$pid_file"): only $(owner_of "$pid_file") or root can stop it."
  fi
}

# Stops the service that find_service has found, and waits until it has ended.
stop_service() {
  kill -TERM "$service_pid" 2>/dev/null || true  # it may have ended by itself
  if ! timeout "$stop_timeout_seconds" tail --pid="$service_pid" --sleep-interval=0.1 -f /dev/null; then
    die "The service (process $service_pid) has not stopped within $stop_timeout_seconds seconds."
  fi
  rm -f "$pid_file"
}
