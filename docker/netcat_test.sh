#!/usr/bin/env bash
# Asks the service a question through netcat, from a container of its own inside testing_net: no port
# of the service is published, and this machine needs no netcat. Prints "Netcat test passed" and exits
# 0 if the service answers and can store bets; if it can't, is down, hung or talks nonsense, prints
# "Netcat test failed", exits 1, and says why on standard error. The question, RESUME for an upload that
# never begins, changes nothing.
#
# No arguments.
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/.."
. scripts/messages.sh
. scripts/settings.sh

network=testing_net
answer_timeout_seconds=5
# The limit on the wait for an engine that does not answer.
container_timeout_seconds=30

fail() {
  printf '%s\n' "netcat_test.sh: $1" | printable >&2
  echo "Netcat test failed"
  exit 1
}

# told_service KEY DEFAULT: prints the service's value, from its environment or its configuration.
told_service() {
  local name=${1^^} line
  name=${name//./_}
  while IFS= read -r line; do
    if [[ $line == "$name="* ]]; then
      printf '%s\n' "${line#*=}"
      return
    fi
  done < <(timeout "$container_timeout_seconds" docker container inspect \
    --format '{{ range .Config.Env }}{{ println . }}{{ end }}' server 2>/dev/null)
  service_setting "$1" "$2"
}

port=$(told_service service.port 12345)
tls_port=$(told_service service.tls.port none)
is_encrypted=""
if [ "$port" = none ] && is_port "$tls_port"; then
  # netcat has no TLS. If the service accepts bets only over TLS, it answers that, and no more can be tested.
  is_encrypted=1
  port=$tls_port
fi
if ! is_port "$port"; then fail "service.port: '$port' is not a port"; fi
# The first agency of a list of ids; agency 1 if lottery.agencies is a count.
agencies=$(told_service lottery.agencies 5)
agency=1
if [[ $agencies == *,* ]]; then agency=${agencies%%,*}; fi
agency=${agency//[[:space:]]/}
if ! [[ $agency =~ ^(0|[1-9][0-9]{0,9})$ ]]; then fail "lottery.agencies: '$agency' is not an agency"; fi

docker/build_images.sh netcat >&2 || fail "the image with netcat can't be built"

# The sender ends its side after the question (-N), so the service closes the connection after its answer.
# shellcheck disable=SC2016  # $1 to $3 are for the shell inside the container
ask='printf "%s:8:00000000000000000000000000000000\r\n" "$3" | timeout "$4" nc -N "$1" "$2" | head -c 4096'
answer=$(timeout "$container_timeout_seconds" docker run --rm --network "$network" --read-only \
  --cap-drop ALL --security-opt no-new-privileges --pids-limit 16 --memory 64m lottery-netcat \
  sh -c "$ask" sh server "$port" "$agency" "$answer_timeout_seconds" |
  tr '\000' '?' | head -n 1) || fail "no container could ask inside the network $network: is the lottery up?"

if [ -n "$is_encrypted" ]; then
  if [[ $answer != "server:1:this port speaks TLS 1.3, and nothing else"* ]]; then
    fail "no answer to the question, from server:$port, which should speak TLS: ${answer:0:200}"
  fi
  echo "netcat_test.sh: port $port speaks TLS, but netcat does not: the test shows only that the service answers" >&2
  echo "Netcat test passed"
  exit
fi
if ! [[ $answer =~ ^server:9:[0-9]+:(open|closed|drawn):[0-9]+:[0-9]+:[0-9a-f]{64}$'\r'?$ ]]; then
  if [ -z "$answer" ]; then fail "no answer from server:$port within $answer_timeout_seconds seconds"; fi
  fail "no answer to the question, from server:$port: ${answer:0:200}"
fi
echo "Netcat test passed"
