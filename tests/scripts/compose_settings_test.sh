#!/usr/bin/env bash
# Every setting of the programs reaches them in containers: each key of service.properties and
# agency.properties is in the environment of the compose file, and nothing else is.
#
# No arguments.
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/../.."
. tests/scripts/checks.sh

# keys_of FILE: the environment's names of the keys in a properties file, also of those that are comments
# (`# logging.level = ...`), one a line.
keys_of() {
  sed --quiet --regexp-extended 's/^(# )?([a-z_]+(\.[a-z_]+)+)[[:space:]]*=.*/\2/p' "$1" |
    tr '[:lower:].' '[:upper:]_' | sort
}

# environment_of START END: the names in the compose file between the lines that match these.
environment_of() {
  docker/generate-compose.sh 1 "$work/compose.yaml"
  awk -v start="$1" -v end="$2" '$0 ~ start { inside = 1; next } inside && $0 ~ end { exit }
    inside && /^ +[A-Z_]+:/ { sub(/:.*/, ""); sub(/^ +/, ""); print }' "$work/compose.yaml"
}

passes_the_settings_of_the_service() {
  expect "the keys" "$(environment_of '^    environment:' '^    volumes:' |
    grep --invert-match --line-regexp 'SQLITE_TMPDIR\|TMPDIR\|SERVICE_ADDRESS' | sort)" \
    "$(keys_of service/service.properties)"
}

passes_the_settings_of_the_agencies() {
  expect "the keys" "$({
    environment_of '^x-agency-environment:' '^$'
    environment_of '^      <<: .agency-environment' '^    volumes:' | grep '^AGENCY_\(ID\|BETS\)$'
  } | sort)" "$(keys_of agency_client/agency.properties)"
}

has_keys_to_compare() {
  keys_of service/service.properties | grep --line-regexp LOTTERY_WINNING_NUMBER
  keys_of agency_client/agency.properties | grep --line-regexp LOGGING_LOGGERS_ROOT_LEVEL
}

# The limits of what a container may use, and that nothing but the service is started again.
limits_every_container() {
  local name
  docker/generate-compose.sh 2 "$work/compose.yaml"
  for name in 'pids_limit: [0-9]+' 'mem_limit: [0-9]+m' 'driver: json-file' 'max-size: 10m' 'max-file: "3"' \
    'read_only: true' 'cap_drop: \[ALL\]'; do
    awk '/^x-container:/ { inside = 1 } /^$/ { inside = 0 } inside' "$work/compose.yaml" |
      grep --extended-regexp --line-regexp " +$name"
  done
  expect "restarts" "$(grep 'restart:' "$work/compose.yaml")" "    restart: on-failure:5"
  awk '/^  server:/ { inside = 1 } /^  client1:/ { inside = 0 } inside' "$work/compose.yaml" | grep restart:
  expect "what can be written" "$(grep --after-context=3 'type: bind' "$work/compose.yaml" |
    awk '/target:/ { target = $2; getline; if ($0 !~ /read_only: true/) print target }' | sort -u |
    paste -s -d ' ')" "/lottery/results /lottery/var"
}

check "there are keys to compare" has_keys_to_compare
check "the service's settings reach its container" passes_the_settings_of_the_service
check "the agencies' settings reach their containers" passes_the_settings_of_the_agencies
check "containers are limited, and only the service is started again" limits_every_container
report
