#!/usr/bin/env bash
# Tests the lottery in containers against a real Docker engine, from the building of the images to the
# winners. If no engine answers, starts one of its own, as root, and ends it. Works in a copy of the
# project; the bets are those of ../shared/data if they exist, and sample bets otherwise. Prints a
# line for each test, and `N passed, N failed` at the end; ends with 1 if one has failed.
#
#   tests/docker/run.sh [PATTERN]     PATTERN: only the tests whose name holds it, besides the first
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/../.."
project=$(pwd -P)
. tests/scripts/checks.sh
. tests/docker/engine.sh

pattern=${1:-}
up_timeout_seconds=1200
change_timeout_seconds=60

# Whoever runs `make up` and is not root: any user will do, and none has to exist.
plain_user=4242
# Whom the containers run as, and who owns var/. Root's containers run as the images' own user.
service_user=$(id -u)
if [ "$service_user" -eq 0 ]; then service_user=10001; fi

# ---- A place to work in, and its end

# shellcheck disable=SC2317  # called at the end
clean_up() {
  local folder
  set +e
  for folder in "$work/tree" "$work/plain"; do
    if [ -x "$folder/scripts/down.sh" ]; then "$folder/scripts/down.sh"; fi
  done
  stop_engine
  rm -rf --one-file-system "$work"
} >/dev/null 2>&1

if ! command -v docker >/dev/null || ! engine_answers; then
  if [ "$(id -u)" -ne 0 ]; then
    echo "No Docker engine answers; one is started here for root only." >&2
    exit 1
  fi
  scripts/install_packages.sh engine database
fi
# If the packages were missing, the machine may have started their engine by now.
if ! engine_answers; then
  start_engine "$work/engine"
  echo "A Docker engine of the tests' own has started (process $engine_pid)."
fi
if [ -n "$(docker container ls --all --quiet --filter name='^(server|client1)$')" ]; then
  echo "This engine has a lottery up already: 'make down' there first." >&2
  exit 1
fi
provide_base_image "$work/base"

# copy_project FOLDER: of what is in the project, without what it has built and stored.
copy_project() {
  mkdir "$1"
  tar -C "$project" --exclude=./build --exclude=./var --exclude=./run --exclude=./data --exclude=./.git -c . |
    tar -C "$1" --no-same-owner -x
}
copy_project "$work/tree"
cd -- "$work/tree"
# What this was called with is not for the `make` of the tests.
unset MAKEFLAGS MFLAGS MAKELEVEL MODE AGENCIES DATA AGAIN NO_BETS YES BUILD
# Every draw of these tests is one of its own, though its bets may be those of the draw before.
export AGAIN=1

bets=$project/../shared/data
real_bets=yes
if [ ! -d "$bets" ]; then
  real_bets=""
  bets=$work/bets
  mkdir "$bets"
  for id in 1 2 3 4 5; do
    LC_ALL=C awk -v agency="$id" -f scripts/sample_bets.awk >"$bets/agency-$id.csv"
  done
fi
few_bets="$work/few bets, or: none"
mkdir "$few_bets"
for id in 1 2 3 4 5 6 7 9 11; do
  LC_ALL=C awk -v agency="$id" -v bets=3000 -f scripts/sample_bets.awk >"$few_bets/agency-$id.csv"
done

# ---- What tests ask

up() { timeout "$up_timeout_seconds" make up "$@"; }
query() { sqlite3 -readonly -cmd '.timeout 5000' var/bets.db "$1"; }

# winners_in FOLDER NUMBER ID ...: how many bets of each agency are on NUMBER, on a line.
winners_in() {
  local folder=$1 number=$2 id
  shift 2
  for id in "$@"; do
    awk -F, -v number="$number" '{ sub(/\r$/, "") } $5 == number { n++ } END { print n + 0 }' \
      "$folder/agency-$id.csv"
  done | paste -s -d ' '
}

lines_in() {
  local folder=$1
  shift
  for id in "$@"; do wc -l <"$folder/agency-$id.csv"; done | paste -s -d ' '
}

inspect() { docker container inspect --format "$1" "$2"; }
our_containers() { docker container ls --all --format '{{ .Names }}' --filter label=lottery.folder="$PWD" | sort -V | paste -s -d ' '; }
image_ids() { docker image inspect --format '{{ .Id }}' lottery-service lottery-agency lottery-netcat; }
health() { inspect '{{ .State.Health.Status }}' server; }
is_health() { [ "$(health)" = "$1" ]; }
# The service itself: tini's child.
signal_service() { docker exec server sh -c "kill -$1 \$(cat /proc/1/task/1/children)"; }

# events_since TIME EVENT FORMAT
events_since() {
  docker events --since "$1" --until "$(date +%s.%N)" --filter type=container --filter "event=$2" \
    --format "$3"
}

# ---- The compose file

writes_compose_files() {
  local n
  for n in 0 1 500; do
    docker/generate-compose.sh "$n" "$work/compose.yaml"
    expect "agencies for $n" "$(grep -c '^    container_name: client' "$work/compose.yaml" || true)" "$n"
    # Its paths are relative to docker/.
    if docker compose version >/dev/null 2>&1; then
      docker compose --project-directory docker -f "$work/compose.yaml" config --quiet
    fi
    if command -v docker-compose >/dev/null; then
      docker-compose --project-directory docker -f "$work/compose.yaml" config --quiet
    fi
  done
  grep -q '^    container_name: client500$' "$work/compose.yaml"
}

refuses_other_numbers() {
  local n
  echo "as it was" >"$work/old.yaml"
  for n in 501 -1 x '' 1.5 05 9999999999999999999 '5 5'; do
    expect_failure docker/generate-compose.sh "$n" "$work/old.yaml" 2>"$work/error"
    grep -q 'from 0 to 500' "$work/error"
    expect "the old file" "$(cat "$work/old.yaml")" "as it was"
  done
  expect_failure docker/generate-compose.sh 5 "$work/no-such-folder/compose.yaml"
  expect_failure docker/generate-compose.sh
  expect "what is left behind" "$(find "$work" -maxdepth 1 -name 'old.yaml.*')" ""
}

commits_the_file_for_five() { tests/docker/compose_file_test.sh; }

# ---- From the images to the winners

draws() {
  date +%s.%N >"$work/began"
  up DATA="$bets" | tee "$work/up.out"
  expect "the first line" "$(head -n 1 "$work/up.out" | cut -c 1-22)" "make up: in containers"
  expect "the agencies' winners" "$(table_column 3 "$work/up.out")" "$(winners_in "$bets" 7574 1 2 3 4 5)"
  expect "the agencies' bets" "$(table_column 2 "$work/up.out")" "$(lines_in "$bets" 1 2 3 4 5)"
  if [ -n "$real_bets" ]; then expect "winners" "$(table_column 3 "$work/up.out")" "2 3 3 2 0"; fi
  expect "the containers" "$(our_containers)" "client1 client2 client3 client4 client5 server"
  expect "the service" "$(health)" healthy
  local n
  for n in 1 2 3 4 5; do expect "client$n" "$(inspect '{{ .State.Status }} {{ .State.ExitCode }}' "client$n")" "exited 0"; done
}

starts_agencies_when_healthy() {
  local order
  order=$(events_since "$(cat "$work/began")" start \
    '{{ .TimeNano }} {{ .Actor.Attributes.name }}' | grep -E ' (server|client[0-9]+)$')
  order+=$'\n'$(events_since "$(cat "$work/began")" health_status \
    '{{ .TimeNano }} healthy' | head -n 1)
  sort -n <<<"$order" | awk '{ print $2 }' | tee "$work/order"
  expect "the first two" "$(head -n 2 "$work/order" | paste -s -d ' ')" "server healthy"
  expect "the others" "$(tail -n +3 "$work/order" | grep -c '^client')" 5
}

carries_nothing_but_programs() {
  local image
  for image in lottery-service lottery-agency; do
    docker run --rm --user 0 --entrypoint sh "$image" -c '
      for tool in g++ gcc cc make cmake; do if command -v "$tool"; then exit 1; fi; done
      found=$(find / -xdev \( -name "*.properties" -o -name "agency*.csv" -o -name "*.db" \) -print)
      if [ -n "$found" ]; then echo "$found"; exit 1; fi
      if [ -n "$(ls -A /lottery)" ]; then ls -A /lottery; exit 1; fi'
    if [[ $(docker image inspect --format '{{ .Config.User }}' "$image") =~ ^(0|root)?(:|$) ]]; then
      echo "$image is root's"
      return 1
    fi
  done
}

is_not_root() {
  local name
  expect_failure [ "$(docker exec server id -u)" = 0 ]
  docker exec server sh -c 'grep -q "^CapEff:[[:space:]]*0*$" "/proc/$(cat /proc/1/task/1/children | tr -d " ")/status"'
  for name in server client1 client5; do
    expect_failure [ "$(inspect '{{ .Config.User }}' "$name" | cut -d : -f 1)" = 0 ]
  done
}

# The containers can write to nothing but the database's folder and, each agency, its own results.
writes_only_where_it_may() {
  local name folder
  for folder in / /tmp /var/tmp /lottery /run; do
    expect_failure docker exec server touch "$folder/written"
  done
  expect_failure docker exec server sh -c 'echo >>/lottery/service.properties'
  docker exec server sh -c 'touch var/written && rm var/written'
  expect "what the server may write" "$(writable_mounts server)" "$PWD/var:/lottery/var "
  for name in client1 client5; do
    expect "$name's file system" "$(inspect '{{ .HostConfig.ReadonlyRootfs }}' "$name")" true
    expect "what $name may write" "$(writable_mounts "$name")" \
      "$PWD/run/results/agency-${name#client}:/lottery/results "
  done
  expect "what client2 sees of the bets" "$(inspect \
    '{{ range .Mounts }}{{ .Destination }}{{ println }}{{ end }}' client2 | grep csv)" /lottery/data/agency-2.csv
}
writable_mounts() {
  inspect '{{ range .Mounts }}{{ if .RW }}{{ .Source }}:{{ .Destination }} {{ end }}{{ end }}' "$1"
}

limits_what_containers_use() {
  local name
  for name in server client1 client5; do
    expect "$name's logs" "$(inspect '{{ json .HostConfig.LogConfig }}' "$name")" \
      '{"Type":"json-file","Config":{"max-file":"3","max-size":"10m"}}'
  done
  expect "the server" "$(inspect '{{ .HostConfig.PidsLimit }} {{ .HostConfig.Memory }}' server)" "10240 1073741824"
  expect "an agency" "$(inspect '{{ .HostConfig.PidsLimit }} {{ .HostConfig.Memory }}' client1)" "64 268435456"
  expect "the server" "$(inspect '{{ json .HostConfig.RestartPolicy }}' server)" \
    '{"Name":"on-failure","MaximumRetryCount":5}'
  expect_failure [ "$(inspect '{{ .HostConfig.RestartPolicy.Name }}' client1)" = on-failure ]
}

has_restarted() { [ "$(inspect '{{ .RestartCount }}' server)" -ge 1 ]; }
# A stop is no failure: `make down` is not undone.
starts_a_failed_service_again() {
  expect "restarts" "$(inspect '{{ .RestartCount }}' server)" 0
  signal_service KILL
  until_true "$change_timeout_seconds" has_restarted
  until_true "$change_timeout_seconds" is_health healthy
  expect "client1" "$(inspect '{{ .RestartCount }} {{ .State.Status }}' client1)" "0 exited"
}

# Everything in var/ is the database's, and what else a run makes is in run/.
keeps_the_folders() {
  local name
  expect "in var" "$(find var -mindepth 1 ! -name 'bets.db' ! -name 'bets.db-wal' ! -name 'bets.db-shm')" ""
  expect "var" "$(stat --format=%a var)" 750
  expect "its owner" "$(stat --format=%u var)" "$service_user"
  for name in 1 5; do
    expect "the results of agency $name" "$(find "run/results/agency-$name" -type f -printf '%P %U\n')" \
      "result.json $service_user"
  done
}

# in_var COMMAND: runs it in var/, as the service's user would in its container.
in_var() {
  docker run --rm --network none --user "$service_user:$service_user" --entrypoint sh \
    --mount "type=bind,source=$PWD/var,target=/lottery/var" --workdir /lottery/var lottery-service -c "$1"
}

victim_state() { find "$work/victim" -printf '%P %y %u:%g %m %s %T@\n' | sort; }

# What a container has made leads root nowhere: no file is written, no mode or owner changed.
follows_no_link_of_a_container() {
  local before name
  rm -rf "$work/victim"
  mkdir --mode=0700 "$work/victim" "$work/victim/folder"
  echo secret >"$work/victim/file"
  sqlite3 "$work/victim/other.db" 'PRAGMA journal_mode = WAL; CREATE TABLE t(x)' >/dev/null
  chmod 600 "$work/victim/file" "$work/victim/other.db"
  before=$(victim_state)
  for name in log backups service.log service.pid up.lock sample-bets compose.yaml written; do
    docker exec server ln -s "$work/victim/folder" "var/$name"
  done
  docker exec server ln -s "$work/victim/new" var/bets.db-journal
  in_var "mkfifo fifo"
  timeout 60 make backup
  timeout 3 make logs || true
  expect_failure up DATA="$few_bets" AGENCIES=1  # the service takes no link for its journal
  in_var "rm bets.db-journal"
  up DATA="$few_bets" AGENCIES=1
  timeout 60 make down
  expect "the victim of links beside the database" "$(victim_state)" "$before"

  in_var "mv bets.db kept.db"
  for name in file new other.db fifo; do
    if [ "$name" = fifo ]; then in_var "rm -f bets.db* && mkfifo bets.db"; else in_var "rm -f bets.db* && ln -s '$work/victim/$name' bets.db"; fi
    timeout 120 make up DATA="$few_bets" AGENCIES=1 || true
    timeout 60 make backup || true
    timeout 60 make restore FROM=var/bets.db || true
    timeout 60 make reset YES=1 || true
    timeout 60 make down || true
    expect "the victim of bets.db -> $name" "$(victim_state)" "$before"
  done
  in_var "rm -f bets.db* log backups service.* up.lock sample-bets compose.yaml written fifo && mv kept.db bets.db"
}

follows_no_link_among_results() {
  local before
  before=$(victim_state)
  up DATA="$few_bets" AGENCIES=1
  docker run --rm --network none --user "$service_user:$service_user" --entrypoint sh \
    --mount "type=bind,source=$PWD/run/results/agency-1,target=/lottery/results" --workdir /lottery/results \
    lottery-service -c "rm result.json && ln -s '$work/victim/file' result.json &&
      ln -s '$work/victim/folder' folder && ln -s '$work/victim/new' result.json.new"
  up DATA="$few_bets" AGENCIES=1 | tee "$work/up.out"
  expect "the bets" "$(table_column 2 "$work/up.out")" 3000
  expect "the victim" "$(victim_state)" "$before"
  expect "the results" "$(find run/results/agency-1 -mindepth 1 -printf '%P\n')" result.json
}

stored_in() { sqlite3 -readonly "$1" 'SELECT count(*) FROM bets'; }

backs_up_and_restores() {
  local bets_before copy
  rm -rf run/backups
  bets_before=$(query 'SELECT count(*) FROM bets')
  make backup
  copy=$(find run/backups -name 'bets-*Z.db')
  expect "the bets of the copy" "$(stored_in "$copy")" "$bets_before"
  if [ $((0$(stat --format=%a "$copy") & ~0640)) -ne 0 ]; then stat "$copy"; return 1; fi
  expect "what else is there" "$(find run/backups -type f | wc -l)" 1
  up DATA="$few_bets" AGENCIES=1
  expect_failure [ "$(query 'SELECT count(*) FROM bets')" = "$bets_before" ]
  expect_failure make restore FROM="$copy" 2>"$work/error"
  expect_text "$work/error" "The service is running"
  make down
  # There is no build here: the image does it.
  make restore FROM="$copy" | tee "$work/output"
  expect "the bets" "$(stored_in var/bets.db)" "$bets_before"
  expect "the owner" "$(stat --format=%u var/bets.db)" "$service_user"
  up DATA="$few_bets" AGENCIES=1
}

leaves_the_database_to_the_user() {
  expect "its owner" "$(stat --format %u var/bets.db)" "$service_user"
  expect "its bets" "$(query 'SELECT count(*) FROM bets')" "$(cat "$bets"/agency-[1-5].csv | wc -l)"
}

publishes_only_the_board() {
  expect "ports" "$(docker container port server)" "12346/tcp -> 127.0.0.1:12346"
  fetch http://127.0.0.1:12346/readyz | grep --line-regexp ready
  STATUS_PORT=none up DATA="$few_bets" AGENCIES=5 AGAIN=1
  expect "ports" "$(docker container port server)" ""
}

# fetch URL: prints what is there. Debian's perl has no more than a socket.
fetch() {
  perl -MIO::Socket::INET -e '
    my ($host, $port, $path) = $ARGV[0] =~ m{^http://([^:]+):(\d+)(/.*)$} or die;
    my $socket = IO::Socket::INET->new(PeerAddr => "$host:$port", Timeout => 10) or die "$host:$port: $@\n";
    print $socket "GET $path HTTP/1.1\r\nHost: $host:$port\r\n\r\n";
    print while <$socket>;' "$1"
}

answers_netcat() {
  local before
  before=$(query .dump | sha256sum)
  expect "what it says" "$(bash docker/netcat_test.sh)" "Netcat test passed"
  expect "the lottery" "$(query .dump | sha256sum)" "$before"
  (cd -- / && bash "$work/tree/docker/netcat_test.sh")
}

# netcat_test_fails_within SECONDS
netcat_test_fails_within() {
  local began=$SECONDS code=0 output
  output=$(bash docker/netcat_test.sh) || code=$?
  expect "what it says" "$output" "Netcat test failed"
  expect "how it ends" "$code" 1
  if [ $((SECONDS - began)) -gt "$1" ]; then
    echo "it took $((SECONDS - began)) seconds"
    return 1
  fi
}

fails_netcat_when_hung() {
  signal_service STOP
  trap 'signal_service CONT' EXIT
  netcat_test_fails_within 12
}

fails_netcat_when_paused() {
  docker pause server
  trap 'docker unpause server' EXIT
  netcat_test_fails_within 12
}

knows_its_health() {
  until_true "$change_timeout_seconds" is_health healthy
  signal_service STOP
  trap 'signal_service CONT' EXIT
  until_true "$change_timeout_seconds" is_health unhealthy
  signal_service CONT
  until_true "$change_timeout_seconds" is_health healthy
}

shows_its_logs() {
  local pid
  make docker-compose-logs >"$work/logs.out" 2>&1 &
  pid=$!
  until_true "$change_timeout_seconds" shows_every_container
  kill -TERM "$pid" 2>/dev/null || true
  wait "$pid" || true
}
shows_every_container() {
  local name
  for name in server client1 client2 client3 client4 client5; do
    grep -q "^[^ ]*$name.*action: " "$work/logs.out" 2>/dev/null || return 1
  done
}

takes_an_edit_without_a_build() {
  local before number=1234
  before=$(image_ids)
  sed -i "s/^lottery.winning_number.*/lottery.winning_number = $number/" service/service.properties
  sed -i 's/^batch.max_bets.*/batch.max_bets = 99/' agency_client/agency.properties
  up DATA="$bets" AGAIN=1 | tee "$work/up.out"
  expect "the images" "$(image_ids)" "$before"
  expect_failure grep -q Building "$work/up.out"
  docker logs server >"$work/server.log"
  docker logs client1 >"$work/client1.log"
  expect_no_text "$work/server.log" winning_number
  grep -q "action: config .*batch.max_bets: 99 " "$work/client1.log"
  grep -q 'apuesta_enviada | result: success | cantidad: 99$' "$work/client1.log"
  expect "the winners" "$(table_column 3 "$work/up.out")" "$(winners_in "$bets" "$number" 1 2 3 4 5)"
}

takes_a_port() {
  sed -i 's/^service.port.*/service.port = 23456/' service/service.properties
  up DATA="$few_bets" AGENCIES=1 AGAIN=1
  expect "netcat" "$(bash docker/netcat_test.sh)" "Netcat test passed"
  expect "the service" "$(health)" healthy
  sed -i 's/^service.port.*/service.port = 12345/' service/service.properties
}

# In the container of the database.
ask_postgresql() {
  docker exec postgresql psql --no-psqlrc --quiet --tuples-only --no-align --host=127.0.0.1 --username=lottery \
    --dbname=lottery --command="$1"
}

draws_in_postgresql() {
  local number
  number=$(sed -n 's/^lottery.winning_number *= *//p' service/service.properties)
  make down
  make up ENGINE=postgresql AGENCIES=5 | tee "$work/up.out"
  expect "the winners" "$(table_column 3 "$work/up.out")" "$(winners_in run/sample-bets "${number:-7574}" 1 2 3 4 5)"
  expect "the bets" "$(ask_postgresql 'SELECT count(*) FROM bets')" "$(cat run/sample-bets/agency-[1-5].csv | wc -l)"
  expect "the user of the database" "$(inspect '{{ .Config.User }}' postgresql)" 10001:10001
  # Agencies share no network with it.
  # shellcheck disable=SC2016  # Go's variables
  expect "the networks of the database" \
    "$(inspect '{{ range $name, $_ := .NetworkSettings.Networks }}{{ $name }} {{ end }}' postgresql)" "lottery_database_net "
  expect_failure docker exec postgresql touch /usr/local/bin/x
  rm -f run/backups/*
  make backup ENGINE=postgresql
  expect "the bets in the backup" "$(sqlite3 run/backups/bets-*.db 'SELECT count(*) FROM bets')" \
    "$(ask_postgresql 'SELECT count(*) FROM bets')"
  make down | tee "$work/down.out"
  expect_no_text "$work/down.out" "has ended with"
  # The volume keeps the draw.
  make up ENGINE=postgresql AGENCIES=0
  expect "the draws" "$(ask_postgresql 'SELECT count(*) FROM draws WHERE drawn_at IS NOT NULL')" 1
  make down
  docker volume rm lottery_postgresql
  make up AGAIN=1
}

draws_over_tls() {
  make up TLS=1 AGAIN=1 | tee "$work/up.out"
  expect_text "$work/up.out" "Authenticated over TLS:  5 of 5 agencies"
  expect_text "$work/up.out" "The service listens on port 12443 of the network testing_net (container server), with TLS 1.3"
  expect "keys of the service" "$(docker exec server ls certificates | paste -s -d ' ')" \
    "ca.pem certificate.pem key.pem revoked.pem"
  expect "folders of keys" "$(docker container inspect --format '{{ range .Mounts }}{{ println .Source .RW }}{{ end }}' client3 |
    grep certificates)" "$PWD/run/certificates/agency-3 false"
  expect "the netcat test" "$(bash docker/netcat_test.sh)" "Netcat test passed"
  until_true "$change_timeout_seconds" is_health healthy
  make certificates REVOKE=3 | tee "$work/out"
  expect_text "$work/out" "The running service (container server) rereads its certificates"
  until_true "$change_timeout_seconds" reloads_certificates
  make up AGAIN=1
  rm -rf run/certificates
}

reloads_certificates() { docker logs server 2>&1 | grep --quiet 'action: reload_certificates | result: success'; }

takes_seven() {
  up DATA="$few_bets" AGENCIES=7 AGAIN=1 | tee "$work/up.out"
  expect "the rows" "$(table_column 1 "$work/up.out")" "1 2 3 4 5 6 7"
  expect "the winners" "$(table_column 3 "$work/up.out")" "$(winners_in "$few_bets" 1234 1 2 3 4 5 6 7)"
  expect "the containers" "$(our_containers)" \
    "client1 client2 client3 client4 client5 client6 client7 server"
  cmp docker/compose.yaml "$project/docker/compose.yaml"
}

takes_ids() {
  up DATA="$few_bets" AGENCIES=4,9,11 AGAIN=1 | tee "$work/up.out"
  expect "the rows" "$(table_column 1 "$work/up.out")" "4 9 11"
  expect "the containers" "$(our_containers)" "client1 client2 client3 server"
}

takes_none() {
  up AGENCIES=0
  expect "the containers" "$(our_containers)" server
  expect "netcat" "$(bash docker/netcat_test.sh)" "Netcat test passed"
}

refuses_too_many() {
  local before
  before=$(inspect '{{ .Id }}' server)
  expect_failure up AGENCIES=501 DATA="$few_bets"
  expect "the service" "$(inspect '{{ .Id }} {{ .State.Status }}' server)" "$before running"
}

tells_why_it_can_not_start() {
  cp service/service.properties "$work/service.properties"
  echo 'lottery.colour = red' >>service/service.properties
  expect_failure up AGENCIES=1 DATA="$few_bets" >"$work/up.out" 2>&1
  cp "$work/service.properties" service/service.properties
  grep -q "'lottery.colour' is not a setting" "$work/up.out"
  expect "the containers" "$(our_containers)" ""
}

# downs_well SINCE: `make down`, under its old name, after which the service has ended with 0, and every agency
# with 0 or, if it was stopped before its work was done, with 143.
downs_well() {
  local ends
  make docker-compose-down
  ends=$(events_since "$1" die '{{ .Actor.Attributes.name }} {{ .Actor.Attributes.exitCode }}' |
    grep -E '^(server|client[0-9]+) ')
  echo "$ends"
  expect "those that did not end well" "$(grep -v -E '^server 0$|^client[0-9]+ (0|143)$' <<<"$ends" || true)" ""
  grep -q '^server ' <<<"$ends"
  expect "what is left" "$(our_containers)" ""
}

downs_when_idle() { downs_well "$(date +%s.%N)"; }

stored_bets() { query 'SELECT count(*) FROM bets' 2>/dev/null || echo 0; }
# has_more_bets_than BETS PID: also true if the process has ended, so that nobody waits for it.
has_more_bets_than() { [ "$(stored_bets)" -gt "$1" ] || ! kill -0 "$2" 2>/dev/null; }

# A bet a batch takes long enough to look on, and to stop in the middle.
reads_while_it_writes_and_downs_in_the_middle() {
  local since pid before names acknowledged docker_ends
  make reset YES=1
  since=$(date +%s.%N)
  BATCH_MAX_BETS=1 make up DATA="$bets" >"$work/up.out" 2>&1 &
  pid=$!
  until_true "$up_timeout_seconds" has_more_bets_than 0 "$pid"
  before=$(stored_bets)
  until_true "$change_timeout_seconds" has_more_bets_than "$before" "$pid"
  kill -0 "$pid"
  names=$(docker container ls --format '{{ .Names }}')
  echo "running:" "$names"
  downs_well "$since"
  grep -q client <<<"$names"
  # tini has left the exit code of those as it was.
  docker_ends=$(events_since "$since" die '{{ .Actor.Attributes.name }} {{ .Actor.Attributes.exitCode }}')
  grep -q -E '^client[0-9]+ 143$' <<<"$docker_ends"
  wait "$pid" || true
  expect "the database" "$(query 'PRAGMA integrity_check')" ok
  acknowledged=$(cat run/log/agency-*.log 2>/dev/null | grep -c 'apuesta_enviada | result: success' || true)
  echo "stored: $(stored_bets), acknowledged in the logs that are left: $acknowledged"
  [ "$(stored_bets)" -ge "$acknowledged" ]
  [ "$(stored_bets)" -lt "$(cat "$bets"/agency-[1-5].csv | wc -l)" ]
}

ends_what_was_stopped() {
  up DATA="$bets" | tee "$work/up.out"
  expect "its bets" "$(query 'SELECT count(*) FROM bets')" "$(cat "$bets"/agency-[1-5].csv | wc -l)"
  expect "the winners" "$(table_column 3 "$work/up.out")" "$(winners_in "$bets" 1234 1 2 3 4 5)"
}

# ---- Without a service

fails_netcat_when_down() { netcat_test_fails_within 12; }

# What takes the service's place answers every connection with the first line of /answer, and no more.
fails_netcat_on_nonsense() {
  local answer
  docker network create testing_net
  trap 'docker rm --force nonsense; docker network rm testing_net' EXIT
  for answer in 'hello' 'server:0\r\n' 'server:9:x\r\n' 'server:3:nonsense\r\n' '1:6\r\n' '' '\n\n\n'; do
    docker run --detach --name nonsense --network testing_net --network-alias server --env answer="$answer" \
      --init lottery-netcat sh -c 'while :; do printf "$answer" | nc -l -p 12345 -q 1; done'
    until_true 20 sh -c "docker exec nonsense sh -c 'grep -q :3039 /proc/net/tcp*'"
    netcat_test_fails_within 12
    docker rm --force nonsense
  done
}

chooses_where_to_run() {
  local line
  # Where there is no engine; it ends where the build should begin.
  line=$(DOCKER_HOST=unix:///nonexistent make up BUILD=/dev/null/build 2>/dev/null | head -n 1) || true
  expect "without an engine" "$line" "make up: as processes of this machine (no Docker engine answers)"
  line=$(make up MODE=local BUILD=/dev/null/build 2>/dev/null | head -n 1) || true
  expect "MODE=local" "$line" "make up: as processes of this machine (MODE=local)"
  expect_failure env DOCKER_HOST=unix:///nonexistent make up MODE=docker >"$work/up.out" 2>&1
  expect "MODE=docker" "$(head -n 1 "$work/up.out")" "make up: in containers (MODE=docker)"
  expect_failure make up MODE=cloud
}

serves_a_plain_user() {
  local owner
  copy_project "$work/plain"
  chown -R "$plain_user:$plain_user" "$work/plain"
  as_plain_user() {
    (cd -- "$work/plain" && setpriv --reuid="$plain_user" --regid="$plain_user" --clear-groups \
      env HOME="$work/plain" "$@")
  }
  chgrp "$plain_user" "${DOCKER_HOST#unix://}"
  as_plain_user timeout "$up_timeout_seconds" make up DATA="$few_bets" AGAIN=1
  owner=$(stat --format %u:%g "$work/plain/var/bets.db")
  expect "the owner" "$owner" "$plain_user:$plain_user"
  expect "who the service is" "$(docker exec server id -u)" "$plain_user"
  as_plain_user sqlite3 -readonly var/bets.db 'SELECT count(*) FROM bets' | grep -qx 15000
  as_plain_user bash docker/netcat_test.sh
  as_plain_user make down
}

check "generate-compose.sh writes files for 0, 1 and 500 agencies" writes_compose_files
check "generate-compose.sh refuses anything else and leaves the old file alone" refuses_other_numbers
check "docker/compose.yaml is what generate-compose.sh writes for five" commits_the_file_for_five
check "make up takes an engine where one answers, and does as MODE says" chooses_where_to_run

everything=$pattern
pattern=""
check "make up goes from image build to winners" draws
pattern=$everything
if [ "$failed" -ne 0 ]; then
  echo "Where this does not go well, nothing else is worth trying."
  echo "$passed passed, $failed failed"
  exit 1
fi

check "agencies start when the service is healthy" starts_agencies_when_healthy
check "images carry neither build tools nor configuration nor bets, and are not root's" carries_nothing_but_programs
check "nothing runs as root" is_not_root
check "nothing but the database and an agency's own results can be written" writes_only_where_it_may
check "containers are limited in processes, memory and logs" limits_what_containers_use
check "var/ holds the database alone" keeps_the_folders
check "the database belongs to the service's user" leaves_the_database_to_the_user
check "the board alone is published, on this machine's loopback" publishes_only_the_board
check "the netcat test passes and changes nothing" answers_netcat
check "the netcat test fails when the service is hung" fails_netcat_when_hung
check "the netcat test fails when the container is paused" fails_netcat_when_paused
check "the health check asks the service" knows_its_health
check "make logs follows every container" shows_its_logs
check "edited configuration counts, with the same images" takes_an_edit_without_a_build
check "a service that fails is started again, and an agency is not" starts_a_failed_service_again
check "make up AGENCIES=7" takes_seven
check "make up AGENCIES=4,9,11" takes_ids
check "make up AGENCIES=0 starts the service only" takes_none
check "make up AGENCIES=501 is an error and leaves the service up" refuses_too_many
check "an edited port counts" takes_a_port
if [ "$(id -u)" -eq 0 ]; then
  check "root follows no link that the service's container made" follows_no_link_of_a_container
  check "root follows no link that an agency's container made" follows_no_link_among_results
fi
check "make up TLS=1 runs the draw over mutual TLS, and each container has its own key only" draws_over_tls
check "make backup and make restore work without a build" backs_up_and_restores
check "make up ENGINE=postgresql runs the draw in a database container" draws_in_postgresql
check "make down ends the service with 0, and agencies with 0 or 143" downs_when_idle
check "make up tells why the service can't start" tells_why_it_can_not_start
check "sqlite3 reads while the service writes, and make down in the middle stops agencies with 143" \
  reads_while_it_writes_and_downs_in_the_middle
check "the next make up ends what was stopped, with every bet once" ends_what_was_stopped
if [ -n "$pattern" ]; then scripts/down.sh >/dev/null; fi
check "make down ends the service with 0, after a draw" downs_when_idle
check "the netcat test fails when the service is down" fails_netcat_when_down
check "the netcat test fails on nonsense" fails_netcat_on_nonsense
if [ -n "$engine_pid" ]; then check "a user who is not root has it all, too" serves_a_plain_user; fi

report
