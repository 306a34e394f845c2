# shellcheck shell=bash
# The lottery on the cluster: services, agencies, and what must be true after each failure. For run.sh to source, after
# nodes.sh.
# shellcheck disable=SC2154  # checks.sh and nodes.sh set what is read here

programs=$(realpath -- "${BUILD:-build}")/bin
agencies=5
bets_of_an_agency=20000
batch_bets=50
# The failure comes when so many batches are stored, of 2,000.
batches_before_failure=300
# On a quiet machine, a failover takes 10 to 23 seconds. A compiler may run beside the tests.
failover_timeout_seconds=120
upload_timeout_seconds=180

hosts=$(for node in "${nodes[@]}"; do address_of "$node"; done | paste -s -d ,)
connection="host=$hosts port=5432 dbname=lottery user=lottery target_session_attrs=read-write connect_timeout=2"

make_database() {
  sql "node$(primary)" postgres "CREATE ROLE lottery LOGIN" >/dev/null
  sql "node$(primary)" postgres "CREATE DATABASE lottery OWNER lottery ENCODING 'UTF8' TEMPLATE template0" >/dev/null
}

# The words before a command in the lottery's namespace. A function in the background would be a shell of its own, and
# its process not the program's.
in_lottery=(ip netns exec "$prefix-lottery")

# start_service NAME PORT CONNECTION: in the background. Its process is in service_pid.
start_service() {
  "${in_lottery[@]}" "$programs/lottery_service" --service.port="$2" --status.port="$(($2 + 1))" --lottery.agencies=6 \
    --storage.engine=postgresql --storage.postgresql.connection="$3" --storage.postgresql.synchronous_replicas=1 \
    >"$work/$1.log" 2>&1 &
  service_pid=$!
  wait_until 60 "$1 is ready" is_ready "$2"
}

is_ready() { "${in_lottery[@]}" "$programs/lottery_service" --ready --status.port="$(($1 + 1))"; }
is_not_ready() { ! is_ready "$1" 2>"$work/not_ready"; }

# write_bets CASE: files of bets that no other case has.
write_bets() {
  local agency
  mkdir "$work/$1"
  for ((agency = 1; agency <= agencies; agency++)); do
    seq 1 "$bets_of_an_agency" | awk -v case="$1" -v agency="$agency" \
      '{ printf "Ana,Paz %s,%d,1999-03-17,%d\n", case, agency * 1000000 + $1, ($1 == 1000) ? 7574 : $1 % 7000 }' \
      >"$work/$1/agency-$agency.csv"
  done
  echo "Eva,Paz $1,6,1999-03-17,7574" >"$work/$1/agency-6.csv"
}

# start_agencies CASE ADDRESS: the five, in the background. Their processes are in agency_pids.
start_agencies() {
  local agency
  agency_pids=()
  for ((agency = 1; agency <= agencies; agency++)); do start_agency "$1" "$agency" "$2"; done
}

start_agency() {
  "${in_lottery[@]}" "$programs/agency_client" --agency.id="$2" --agency.bets="$work/$1/agency-$2.csv" --service.address="$3" \
    --agency.winners="$work/$1/winners-$2.csv" --batch.max_bets="$batch_bets" --service.reach_timeout_seconds=180 \
    --service.answer_timeout_seconds=60 >"$work/$1/agency-$2.log" 2>&1 &
  agency_pids+=($!)
}

# The batches that the agencies of a case know to be stored.
acknowledged() { cat "$work/$1"/agency-*.log | grep --count 'action: apuesta_enviada | result: success' || true; }
has_acknowledged() { [ "$(acknowledged "$1")" -gt "$2" ]; }

# Agency 6 hands its bets in, and waits for all.
await_agencies() {
  local pid code=0
  start_agency "$1" 6 "$2"
  for pid in "${agency_pids[@]}"; do
    timeout "$upload_timeout_seconds" tail --pid="$pid" --sleep-interval=0.1 -f /dev/null
    wait "$pid" || code=$?
  done
  if [ "$code" -ne 0 ]; then tail -n 3 "$work/$1"/agency-*.log; fi
  expect "how the agencies have ended" "$code" 0
}

# ask SQL: asks the present primary.
ask() { "${in_lottery[@]}" psql --no-psqlrc --quiet --tuples-only --no-align --dbname="$connection" --command="$1"; }

# Every bet of every agency is stored once, in the order of its file, in the draw; and each agency was told its winner.
expect_right_books() {
  local agency draw
  draw=$(ask "SELECT max(draw_id) FROM draws WHERE drawn_at IS NOT NULL")
  for ((agency = 1; agency <= agencies; agency++)); do
    ask "COPY (SELECT first_name, last_name, document, birthdate, number FROM bets
      WHERE draw_id = $draw AND agency_id = $agency ORDER BY bet_id) TO STDOUT (FORMAT csv)" |
      cmp - "$work/$1/agency-$agency.csv"
    grep ',7574$' "$work/$1/agency-$agency.csv" | cmp - "$work/$1/winners-$agency.csv"
  done
  expect "the draws that are open" "$(ask "SELECT count(*) FROM draws WHERE drawn_at IS NULL")" 0
  "${in_lottery[@]}" "$programs/lottery_service" --verify --storage.engine=postgresql \
    --storage.postgresql.connection="$connection"
}

# Ends what an earlier test may have left.
stop_lottery() {
  local pids
  pids=$(pids_of lottery | paste -s -d ' ')
  # shellcheck disable=SC2086  # a list
  if [ -n "$pids" ]; then kill -KILL $pids; fi
}

# survives_a_lost_primary CASE LOSE BRING_BACK
survives_a_lost_primary() {
  local case=$1 lose=$2 bring_back=$3 old lost_at stored service_pid old_service_pid agency_pids
  stop_lottery
  wait_until_healthy
  old=$(primary)
  write_bets "$case"
  # A service that knows nobody but the primary that will be lost.
  start_service "old-service-$case" 22345 "host=$(address_of "$old") port=5432 dbname=lottery user=lottery"
  old_service_pid=$service_pid
  start_service "service-$case" 12345 "$connection"
  start_agencies "$case" 127.0.0.1:12345
  wait_until 60 "the uploads are under way" has_acknowledged "$case" "$batches_before_failure"

  "$lose" "$old"
  lost_at=$EPOCHREALTIME
  wait_until 60 "/readyz tells of the failure" is_not_ready 12345
  cat "$work/not_ready"
  stored=$(acknowledged "$case")
  if [ "$stored" -ge $((agencies * bets_of_an_agency / batch_bets)) ]; then
    echo "the failure came after the uploads"
    return 1
  fi
  wait_until "$failover_timeout_seconds" "the uploads go on" has_acknowledged "$case" "$stored"
  awk -v case="$case" -v lost="$lost_at" -v now="$EPOCHREALTIME" \
    'BEGIN { printf "%s: the first ACK came %.1f s after the failure\n", case, now - lost }' >>"$work/times"
  wait_until 60 "the service is ready again" is_ready 12345
  expect "whether the primary is another one" "$([ "$(primary)" != "$old" ] && echo yes)" yes

  # The old primary comes back, and acknowledges nothing.
  "$bring_back" "$old"
  expect_failure "${in_lottery[@]}" "$programs/agency_client" bet --agency.id=6 --service.address=127.0.0.1:22345 \
    --service.reach_timeout_seconds=5 --service.answer_timeout_seconds=10 --first-name=Luz --last-name=Paz \
    --document=66 --birthdate=1999-03-17 --number=7574
  await_agencies "$case" 127.0.0.1:12345
  expect_right_books "$case"
  expect "bets at the old primary" "$(ask "SELECT count(*) FROM bets WHERE document = '66'")" 0
  expect_text "$work/service-$case.log" 'action: reach_database | result: fail'
  expect_text "$work/service-$case.log" 'action: reach_database | result: success'
  kill -TERM "$service_pid" "$old_service_pid"
  wait "$service_pid"
  wait "$old_service_pid"
}

survives_a_killed_primary() { survives_a_lost_primary killed kill_node bring_back_killed_node; }
survives_a_frozen_primary() { survives_a_lost_primary frozen freeze_node bring_back_frozen_node; }
survives_a_primary_that_is_cut_off() { survives_a_lost_primary cut-off cut_off_node bring_back_cut_off_node; }

survives_a_killed_service() {
  local case=two-services first service_pid agency_pids
  stop_lottery
  wait_until_healthy
  write_bets "$case"
  start_service service-a 12345 "$connection"
  first=$service_pid
  start_service service-b 22345 "$connection"
  start_agencies "$case" 127.0.0.1:12345,127.0.0.1:22345
  wait_until 60 "the uploads are under way" has_acknowledged "$case" "$batches_before_failure"
  kill -KILL "$first"
  await_agencies "$case" 127.0.0.1:22345
  expect_right_books "$case"
  kill -TERM "$service_pid"
  wait "$service_pid"
}
