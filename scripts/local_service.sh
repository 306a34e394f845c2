# shellcheck shell=bash
# The service that `make up` started on this machine: whether it runs, and its end. For the other
# scripts to source, from the project's folder.

pid_file=var/service.pid

# A stop takes 5 seconds at most; this is where one gives up waiting.
stop_timeout_seconds=15

die() {
  echo "$1" >&2
  exit 1
}

# is_our_service PID: whether it is a lottery_service that runs in this folder. A pid from an old file
# may be anybody's by now. A program that was built anew since is "(deleted)".
is_our_service() {
  local program folder
  program=$(readlink "/proc/$1/exe" 2>/dev/null) || return 1
  folder=$(readlink "/proc/$1/cwd" 2>/dev/null) || return 1
  program=${program% (deleted)}
  [ "${program##*/}" = lottery_service ] && [ "$folder" = "$(pwd -P)" ]
}

# The pid of the running service, or nothing.
running_service() {
  local pid
  if [ ! -r "$pid_file" ]; then return; fi
  read -r pid <"$pid_file" || true
  if [[ $pid =~ ^[1-9][0-9]*$ ]] && is_our_service "$pid"; then echo "$pid"; fi
}

# stop_service PID: tells it to stop, and waits until it has.
stop_service() {
  local pid=$1
  kill -TERM "$pid"
  if ! timeout "$stop_timeout_seconds" tail --pid="$pid" --sleep-interval=0.1 -f /dev/null; then
    die "The service (process $pid) has not stopped within $stop_timeout_seconds seconds."
  fi
  rm -f "$pid_file"
}
