# shellcheck shell=bash
# The lottery as processes of this machine. For up.sh to source: it calls what is defined here, and
# sets what is read here.
# shellcheck disable=SC2004,SC2034,SC2154  # up.sh has the variables, and arrays by agency

service_log=$log_folder/service.log
query_timeout_seconds=5
ports_apart=100
addresses=()  # of the services, for the agencies

# log_of N, pid_file_of N: print the paths of the N-th service's files.
log_of() { if [ "$1" -eq 1 ]; then echo "$service_log"; else echo "$log_folder/service-$1.log"; fi; }
pid_file_of() { if [ "$1" -eq 1 ]; then echo "$pid_file"; else echo "${pid_file%.pid}-$1.pid"; fi; }

# port_of N PORT: prints the N-th service's port if the first one's is PORT.
port_of() { echo $(($2 + ($1 - 1) * ports_apart)); }

# addresses_for AGENCY: prints the services' addresses. Different agencies begin with different ones.
addresses_for() {
  local i list=""
  for ((i = 0; i < services; i++)); do
    list+=${list:+,}${addresses[$(((i + 10#$1) % services))]}
  done
  printf '%s\n' "$list"
}

prepare_programs() {
  local host number
  (umask "$umask_before" && "${MAKE:-make}" --no-print-directory build)
  host=$(service_setting service.host 0.0.0.0)
  case "$host" in
    0.0.0.0) host=127.0.0.1 ;;
    ::) host='[::1]' ;;
    *:*) host="[$host]" ;;
  esac
  for ((number = 1; number <= services; number++)); do addresses+=("$host:$(port_of "$number" "$agency_port")"); done
  if ! "${as_database_user[@]}" "$build/bin/lottery_service" --version >/dev/null; then
    die "$database_folder belongs to $(owner_of "$database_folder"). In local mode, the service must run as that user, who can't run $build/bin/lottery_service. If you want root to own the database, and no container runs: chown -hR root: $database_folder"
  fi
}

# Starts the services, one after the other, and waits until each answers or one has ended. Sets service_pids.
start_service() {
  local number
  service_pids=()
  for ((number = 1; number <= services; number++)); do start_one_service "$number"; done
  find_board
  tell_board
}

start_one_service() {
  local number=$1 log pid options=(--config=service/service.properties "${storage_options[@]}")
  local own_port=$port own_tls_port=$tls_port
  log=$(log_of "$number")
  if [ -e "$log" ]; then mv "$log" "$log.1"; fi
  if [ ${#ids[@]} -ne 0 ]; then options+=(--lottery.agencies="$agencies"); fi
  # All agencies and the health check connect from one address, so the limit for each address is raised.
  if [ -z "$(service_setting service.max_connections_per_address '')" ]; then
    options+=(--service.max_connections_per_address="$(service_setting service.max_connections 1024)")
  fi
  if is_port "$port"; then own_port=$(port_of "$number" "$port"); fi
  if is_port "$tls_port"; then own_tls_port=$(port_of "$number" "$tls_port"); fi
  if [ "$number" -gt 1 ]; then
    options+=(--service.port="$own_port" --service.tls.port="$own_tls_port" --service.single_bet_port=none
      --status.port=none)
  fi
  if [ "$tls" = 1 ]; then
    options+=(--service.tls.port="$own_tls_port" --service.tls.certificate="$certificates_folder/service/certificate.pem"
      --service.tls.key="$certificates_folder/service/key.pem"
      --service.tls.agencies_ca="$certificates_folder/service/ca.pem"
      --service.tls.revoked="$certificates_folder/service/revoked.pem")
    if [ "${PLAINTEXT:-0}" != 1 ]; then options+=(--service.port=none); fi
  fi
  # The log is opened for appending, so that it can be rotated with copytruncate. The service gets a session of its own,
  # so that Ctrl-C in this terminal does not reach it.
  setsid -- "${as_database_user[@]}" "$build/bin/lottery_service" "${options[@]}" </dev/null >>"$log" \
    2>&1 {lock}>&- &
  pid=$!
  echo "$pid" >"$(pid_file_of "$number")"
  # Other users may read the file, to learn whose service it is.
  chmod 0644 "$(pid_file_of "$number")"

  # If another service has the port, it answers before this one finds the port taken. So check first that this service
  # has the port.
  until service_listens "$pid"; do
    check_that_service_lives "$number" "$pid"
    sleep 0.05
  done
  until ping_service "${addresses[number - 1]}" >/dev/null 2>&1; do check_that_service_lives "$number" "$pid"; done
  service_pids+=("$pid")
  echo "The service listens on port $(port_of "$number" "$agency_port") (process $pid)$(tell_tls)."
}

# Sets board_url to the board's address, or to nothing if there is no board. The service writes it to its log soon
# after it listens.
find_board() {
  local tries=0
  board_url=""
  if [ "$(service_setting status.port 12346)" = none ]; then return; fi
  until grep --text --quiet 'action: status_page' "$service_log" || [ "$tries" -ge 40 ]; do
    tries=$((tries + 1))
    sleep 0.05
  done
  grep --text --only-matching 'status.port: can.t listen on .*' "$service_log" | sed 's/^/No board: /' | printable >&2 || true
  board_url=$(sed --quiet 's/.*action: status_page | result: success | url: //p' "$service_log" | tail -n 1)
}

# tls_options FOLDER: prints the options for a client with the certificate in that folder. All other settings come from
# agency.properties.
tls_options() {
  if [ "$tls" != 1 ]; then return; fi
  printf '%s\n' --service.tls=true --service.tls.ca="$1/ca.pem" --agency.certificate="$1/certificate.pem" \
    --agency.key="$1/key.pem"
}

# ping_service ADDRESS: asks the service whether it can store bets. Over TLS, the client uses the service's own
# certificate, because an agency's may have been revoked. That certificate speaks for no agency, so the service is only
# asked whether it answers.
ping_service() {
  local options=()
  mapfile -t options < <(tls_options "$certificates_folder/service")
  "${as_database_user[@]}" "$build/bin/agency_client" ping --config=agency_client/agency.properties \
    --agency.id="${ids[0]:-1}" --service.address="$1" "${options[@]}"
}

# check_that_service_lives NUMBER PID: if the service has ended, stops the other services and ends the script.
check_that_service_lives() {
  local log
  if kill -0 "$2" 2>/dev/null; then return; fi
  log=$(log_of "$1")
  { grep --text '^lottery_service: ' "$log" || tail -n 5 "$log"; } | printable >&2
  stop_services
  die_without_service
}

# service_listens PID: true if one of the open files of the process is a listening socket.
service_listens() {
  local sockets
  sockets=$(find "/proc/$1/fd" -lname 'socket:*' -printf '%l ' 2>/dev/null) || return 1
  awk -v sockets="${sockets//\\/}" '$4 == "0A" && index(sockets, "[" $10 "]") { found = 1 }
    END { exit !found }' < <(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null)
}

service_is_up() {
  local pid
  for pid in "${service_pids[@]}"; do
    if ! kill -0 "$pid" 2>/dev/null; then return 1; fi
  done
}

query_database() { query_storage "$1"; }

# Starts a client for each of ids. running_agencies holds the clients' processes.
start_agencies() {
  local id options=() own=()
  if [ "${AGAIN:-0}" = 1 ]; then options+=(--again="$(last_draw)"); fi
  if [ "${NO_BETS:-0}" = 1 ]; then options+=(--no-bets); fi
  for id in "${ids[@]}"; do
    mapfile -t own < <(tls_options "$certificates_folder/agency-$id")
    "$build/bin/agency_client" --config=agency_client/agency.properties \
      --service.address="$(addresses_for "$id")" "${options[@]}" "${own[@]}" --agency.id="$id" \
      --agency.bets="$bets_folder/agency-$id.csv" --result="$(result_of "$id")" \
      </dev/null >"$log_folder/agency-$id.log" 2>&1 {lock}>&- &
    running_agencies[$id]=$!
  done
}

# Moves the agencies that have ended from running_agencies to exit_codes.
collect_ended_agencies() {
  local id
  for id in "${!running_agencies[@]}"; do
    if kill -0 "${running_agencies[$id]}" 2>/dev/null; then continue; fi
    exit_codes[$id]=0
    wait "${running_agencies[$id]}" || exit_codes[$id]=$?
    unset "running_agencies[$id]"
  done
}

tell_agencies_to_stop() {
  local pid
  for pid in "${running_agencies[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
}
