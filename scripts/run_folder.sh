# shellcheck shell=bash
# The folder run/ contains everything that a run produces, except the database. Containers can't write to it, except
# each agency's container to its own folder of results. To be sourced by other scripts, from the project's folder,
# after messages.sh.

log_folder=run/log
results_folder=run/results
backup_folder=run/backups
sample_bets_folder=run/sample-bets
pid_file=run/service.pid
lock_file=run/up.lock

# Logs and copies of the database contain names and documents, so other users get no access. A stricter umask remains
# in force. Programs are built with the original umask.
# shellcheck disable=SC2034  # for those that source this
umask_before=$(umask)
umask g-w,o-rwx

# make_run_folders FOLDER ...: creates missing ones. Everyone may read run/ itself, so that other users can see whose
# service is running.
make_run_folders() {
  local folder
  if [ ! -d run ]; then mkdir --mode=0755 run; fi
  for folder in "$@"; do
    if [ ! -d "$folder" ]; then mkdir --mode=0750 "$folder"; fi
  done
}

# refuse_path_of_others PATH: ends the script with the sentence that PATH belongs to another user.
refuse_path_of_others() {
  die "$1 belongs to $(owner_of "$1"), who ran the lottery in this folder; $(name_of_user "$(id -u)") can't write to it. Continue as $(owner_of "$1"), or have it removed."
}

# Ends the script with a sentence if something in run/ belongs to another user and can't be changed.
refuse_files_of_others() {
  local path
  for path in run "$log_folder" "$results_folder" "$backup_folder" "$sample_bets_folder" "$pid_file" "$lock_file"; do
    if [ -e "$path" ] && [ ! -w "$path" ]; then
      refuse_path_of_others "$path"
    fi
  done
  # Old results are deleted before the next run, and only the owner of a folder can empty it.
  if [ -d "$results_folder" ]; then
    path=$(find "$results_folder" -mindepth 1 -type d ! -writable ! -user "$(id -u)" -print -quit 2>/dev/null) || true
    if [ -n "$path" ]; then refuse_path_of_others "$path"; fi
  fi
}

# refuse_results NAME PATH: ends the script if PATH is inside the agencies' results. Containers can write there, so
# nothing but results is read from there.
refuse_results() {
  local path
  path=$(realpath --canonicalize-missing -- "$2")
  if [[ $path/ == "$(pwd -P)/$results_folder"/* ]]; then
    die "$1: '$2' is in $results_folder, which containers can write to: look at it, and then copy it elsewhere."
  fi
}

# lock_run_folder: locks this folder's lottery against simultaneous changes until the script ends. Programs that
# outlive the script must not inherit the descriptor {lock}.
lock_run_folder() {
  make_run_folders "$log_folder"
  exec {lock}>>"$lock_file"
  flock --nonblock "$lock" ||
    die "Another 'make up', 'make reset' or 'make restore' is at work in this folder."
}
