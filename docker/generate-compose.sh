#!/usr/bin/env bash
# Writes a compose file for the service and N agencies: `server`, and `client1` to `clientN`, on the
# network `testing_net`. Its relative paths are relative to docker/. If it can't be written, FILE is left
# as it was.
#
#   docker/generate-compose.sh [--tls] [--plaintext] [--again] [--no-bets] [--unpublished] N FILE     (N: 0 to 500)
#
# --tls: over mutual TLS, with the certificates of run/certificates/; each container gets its own.
# --plaintext: with --tls, bets without certificates are taken on service.port, too.
# --again: the agencies bet in the next draw with bets that were drawn already.
# --no-bets: agencies whose files are empty take part without a bet.
# The profile `postgresql` adds a PostgreSQL server, which the service uses if STORAGE_ENGINE=postgresql and
# STORAGE_POSTGRESQL_CONNECTION="host=postgresql dbname=lottery user=lottery" are set.
#
# --unpublished: the status page can be reached from containers alone. Without it, this machine can, too.
set -euo pipefail
export LC_ALL=C
# shellcheck source=scripts/messages.sh
. "$(dirname -- "$0")/../scripts/messages.sh"

agencies_max=500

options=""  # of the agencies' clients
tls=""
plaintext=""
unpublished=""
while [[ ${1:-} = --* ]]; do
  case "$1" in
    # Compose fills in the last draw. Without it, the client bets again in any case.
    --again) options+=", \"--again=\${LAST_DRAW:-}\"" ;;
    --no-bets) options+=", \"$1\"" ;;
    --tls) tls=1 ;;
    --plaintext) plaintext=1 ;;
    --unpublished) unpublished=1 ;;
    *) die "generate-compose.sh: $1 is not an option" ;;
  esac
  shift
done
if [ $# -ne 2 ]; then
  echo "usage: docker/generate-compose.sh [--tls] [--plaintext] [--again] [--no-bets] [--unpublished] N FILE     (N: 0 to $agencies_max)" >&2
  exit 1
fi
agencies=$1
file=$2
case "$file" in -*) file=./$file ;; esac

if ! [[ $agencies =~ ^(0|[1-9][0-9]{0,2})$ ]] || [ "$agencies" -gt "$agencies_max" ]; then
  die "generate-compose.sh: '$agencies' is not a number of agencies from 0 to $agencies_max; $file is left as it is"
fi

# Without AGENCIES, the lottery has the agencies of service.properties.
lottery_agencies='      LOTTERY_AGENCIES:'
if [ "$agencies" -ne 0 ]; then lottery_agencies="      LOTTERY_AGENCIES: \${AGENCIES:-$agencies}"; fi

# The status page's port inside the container. It always exists, because the health check uses it.
status_port=12346
published=""
if [ -z "$unpublished" ]; then
  published="    ports:
      - \"127.0.0.1:\${BOARD_PORT:-$status_port}:$status_port\"
"
fi

# A key without a value gets the shell's value, if there is one. Compose fills in the variables in these.
# shellcheck disable=SC2016
service_port='${SERVICE_PORT:-12345}'
agency_port=$service_port
service_tls='      SERVICE_TLS_PORT:
      SERVICE_TLS_CERTIFICATE:
      SERVICE_TLS_KEY:
      SERVICE_TLS_AGENCIES_CA:
      SERVICE_TLS_REVOKED:
      SERVICE_TLS_HANDSHAKE_TIMEOUT_SECONDS:'
agency_tls='  SERVICE_TLS:
  SERVICE_TLS_CA:
  AGENCY_CERTIFICATE:
  AGENCY_KEY:'
service_certificates=""
if [ -n "$tls" ]; then
  # shellcheck disable=SC2016  # as above
  agency_port='${SERVICE_TLS_PORT:-12443}'
  if [ -z "$plaintext" ]; then service_port=none; fi
  service_tls="      SERVICE_TLS_PORT: $agency_port
      SERVICE_TLS_CERTIFICATE: certificates/certificate.pem
      SERVICE_TLS_KEY: certificates/key.pem
      SERVICE_TLS_AGENCIES_CA: certificates/ca.pem
      SERVICE_TLS_REVOKED: certificates/revoked.pem
      SERVICE_TLS_HANDSHAKE_TIMEOUT_SECONDS:"
  agency_tls='  SERVICE_TLS: "true"
  SERVICE_TLS_CA: certificates/ca.pem
  AGENCY_CERTIFICATE: certificates/certificate.pem
  AGENCY_KEY: certificates/key.pem'
  service_certificates='
      - type: bind
        source: ../run/certificates/service
        target: /lottery/certificates
        read_only: true'
fi

write_head() {
  cat <<END
# Written by docker/generate-compose.sh, for $agencies agencies. \`make up\` uses one like it, and fills in
# what is between \${ and }; without it the defaults hold.

# Every container of the lottery: it can write only to what is mounted for that, gains no rights, and is
# limited in processes (threads count), memory and logs.
x-container: &container
  user: \${LOTTERY_USER:-10001:10001}
  working_dir: /lottery
  read_only: true
  cap_drop: [ALL]
  security_opt: ["no-new-privileges:true"]
  pids_limit: 64
  mem_limit: 256m
  logging:
    driver: json-file
    options:
      max-size: 10m
      max-file: "3"
  # A stop takes seconds; after this time the engine gives up waiting.
  stop_grace_period: 30s
  networks: [testing_net]
  labels:
    lottery.folder: \${LOTTERY_FOLDER:-}
END
  if [ "$agencies" -ne 0 ]; then
    cat <<END

x-agency: &agency
  <<: *container
  image: lottery-agency
  build:
    context: ..
    dockerfile: docker/Dockerfile
    target: agency
  command: ["--config=agency.properties", "--result=results/result.json"$options]
  depends_on:
    server:
      condition: service_healthy

# A key without a value gets the shell's value, if there is one.
x-agency-environment: &agency-environment
  SERVICE_ADDRESS: server:$agency_port
$agency_tls
  SERVICE_REACH_TIMEOUT_SECONDS:
  SERVICE_ANSWER_TIMEOUT_SECONDS:
  BATCH_MAX_BETS:
  BATCH_MAX_BYTES:
  BATCH_IN_FLIGHT:
  WINNERS_POLL_INTERVAL_MS:
  PROTOCOL_NUMBERED:
  # The file is written if it is in results/.
  AGENCY_WINNERS:
  LOGGING_LOGGERS_ROOT_LEVEL:
  LOGGING_LOGGERS_ROOT_CHANNEL:
  LOGGING_CHANNELS_OUTPUT_CLASS:
  LOGGING_CHANNELS_OUTPUT_FORMATTER:
  LOGGING_FORMATTERS_LINES_CLASS:

x-agency-properties: &agency-properties
  type: bind
  source: ../agency_client/agency.properties
  target: /lottery/agency.properties
  read_only: true
END
  fi
  cat <<END

services:
  server:
    <<: *container
    container_name: server
    image: lottery-service
    build:
      context: ..
      dockerfile: docker/Dockerfile
      target: service
    command: ["--config=service.properties"]
    networks: [testing_net, database_net]
    # A service that fails is started again, but not for ever. An agency is not: its result tells why.
    restart: on-failure:5
    # A connection has a thread and a file; the service may be told to serve 10000.
    pids_limit: 10240
    mem_limit: \${SERVICE_MEMORY:-1g}
    ulimits:
      nofile: 16384
    environment:
      SERVICE_HOST: 0.0.0.0
      SERVICE_PORT: $service_port
$service_tls
      SERVICE_BACKLOG:
      SERVICE_MAX_CONNECTIONS:
      SERVICE_MAX_CONNECTIONS_PER_ADDRESS:
      SERVICE_IDLE_TIMEOUT_SECONDS:
      SERVICE_MAX_MESSAGE_BYTES:
      SERVICE_SINGLE_BET_PORT:
      # On the container's own addresses. Which of the machine's ports leads here is said below.
      STATUS_HOST: 0.0.0.0
      STATUS_PORT: "$status_port"
      STATUS_MAX_CONNECTIONS:
$lottery_agencies
      LOTTERY_WINNING_NUMBER:
      STORAGE_ENGINE:
      STORAGE_POSTGRESQL_CONNECTION:
      STORAGE_POSTGRESQL_CONNECTIONS:
      STORAGE_POSTGRESQL_SYNCHRONOUS_REPLICAS:
      STORAGE_PATH:
      LOGGING_LOGGERS_ROOT_LEVEL:
      LOGGING_LOGGERS_ROOT_CHANNEL:
      LOGGING_CHANNELS_OUTPUT_CLASS:
      LOGGING_CHANNELS_OUTPUT_FORMATTER:
      LOGGING_FORMATTERS_LINES_CLASS:
      # Temporary files, if there are any, are written beside the database.
      SQLITE_TMPDIR: /lottery/var
      TMPDIR: /lottery/var
$published    volumes:
      - type: bind
        source: ../service/service.properties
        target: /lottery/service.properties
        read_only: true
      - type: bind
        source: ../var
        target: /lottery/var$service_certificates
    healthcheck:
      test: ["CMD", "lottery_service", "--ready", "--config=service.properties"]
      interval: 2s
      timeout: 5s
      retries: 5
      start_period: 60s

  postgresql:
    <<: *container
    container_name: postgresql
    profiles: [postgresql]
    image: lottery-postgresql
    build:
      context: ..
      dockerfile: docker/Dockerfile
      target: postgresql
    # The image's own user: the folder of the cluster is in a volume, and belongs to nobody of this machine.
    user: "10001:10001"
    networks: [database_net]
    # A process for each connection.
    pids_limit: 256
    mem_limit: 1g
    shm_size: 256m
    tmpfs: [/tmp]
    volumes:
      - postgresql:/lottery/postgresql
    healthcheck:
      test: ["CMD", "psql", "--host=127.0.0.1", "--username=lottery", "--dbname=lottery", "--command=SELECT 1"]
      interval: 2s
      timeout: 5s
      retries: 5
      start_period: 60s
END
}

write_agency() {
  cat <<END

  client$1:
    <<: *agency
    container_name: client$1
    environment:
      <<: *agency-environment
      AGENCY_ID: \${AGENCY_$1:-$1}
      AGENCY_BETS: data/agency-\${AGENCY_$1:-$1}.csv
    volumes:
      - *agency-properties
      - type: bind
        source: \${BETS_FOLDER:-../run/sample-bets}/agency-\${AGENCY_$1:-$1}.csv
        target: /lottery/data/agency-\${AGENCY_$1:-$1}.csv
        read_only: true
      - type: bind
        source: ../run/results/agency-\${AGENCY_$1:-$1}
        target: /lottery/results
END
  if [ -z "$tls" ]; then return; fi
  cat <<END
      - type: bind
        source: ../run/certificates/agency-\${AGENCY_$1:-$1}
        target: /lottery/certificates
        read_only: true
END
}

write_tail() {
  cat <<'END'

networks:
  testing_net:
    name: testing_net
  # What only the service and its database share.
  database_net:
    internal: true

volumes:
  postgresql:
END
}

if [ -d "$file" ]; then die "generate-compose.sh: $file is a folder"; fi
new_file=$(mktemp -- "$file.XXXXXX") || die "generate-compose.sh: $file can't be written"
trap 'rm -f -- "$new_file"' EXIT
{
  write_head
  for ((agency = 1; agency <= agencies; agency++)); do write_agency "$agency"; done
  write_tail
} >"$new_file"
chmod 644 "$new_file"
mv -f -- "$new_file" "$file"
