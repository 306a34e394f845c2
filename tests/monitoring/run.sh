#!/usr/bin/env bash
# Tests what a monitoring system sees, with Prometheus itself: the metrics of a service that runs, the alert rules
# and the configuration of docs/monitoring/. If Prometheus is not installed, takes it from its Debian package
# without installing it, so that no daemon is started or stays behind.
#
# No arguments. BUILD in the environment: where the programs were built.
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/../.."
. tests/scripts/checks.sh

build=$(realpath -- "${BUILD:-build}")
documents=docs/monitoring
service_pid=""
prometheus_pid=""

# shellcheck disable=SC2317  # called at the end
clean_up() {
  local pid
  for pid in $prometheus_pid $service_pid; do
    kill -TERM "$pid" 2>/dev/null || true
    wait "$pid" || true
  done
  rm -rf --one-file-system -- "$work"
}

find_prometheus() {
  if command -v promtool >/dev/null && command -v prometheus >/dev/null; then return; fi
  local folder=$build/prometheus
  if [ ! -x "$folder/usr/bin/promtool" ]; then
    mkdir -p "$folder"
    (cd -- "$folder" && apt-get download -q prometheus && dpkg --extract prometheus_*.deb . && rm prometheus_*.deb)
  fi
  export PATH=$folder/usr/bin:$PATH
}

# page PATH [PORT]: what is served there.
page() {
  perl -MIO::Socket::INET -e '
    my ($port, $path) = @ARGV;
    my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port", Timeout => 20) or die "port $port: $@\n";
    print $socket "GET $path HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n";
    my ($inside);
    while (<$socket>) { if ($inside) { print } elsif (/^\r?\n$/) { $inside = 1 } }' "${2:-$status_port}" "$1"
}

free_port() {
  perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport'
}

start_service() {
  "$build/bin/lottery_service" --service.host=127.0.0.1 --service.port=any --status.port=any \
    --storage.path="$work/bets.db" >"$work/service.log" 2>&1 &
  service_pid=$!
  until_true 20 grep --quiet 'action: status_page | result: success' "$work/service.log"
  status_port=$(sed --quiet 's|.*url: http://127.0.0.1:\([0-9]*\)/.*|\1|p' "$work/service.log")
}

# The names of metrics in a page of them, as the service's own documents write them: without what a histogram adds.
names_on_page() { sed --quiet 's/^# TYPE \(lottery_[a-z_]*\) .*/\1/p' "$1" | sort -u; }

metrics_follow_the_conventions() {
  page /metrics >"$work/metrics"
  promtool check metrics <"$work/metrics"
  expect "problems" "$(promtool check metrics <"$work/metrics" 2>&1)" ""
}

documents_know_every_metric() {
  page /metrics >"$work/metrics"
  # Without TLS there are no certificates, and without a draw no time of its opening.
  { names_on_page "$work/metrics"; echo lottery_certificate_expiry_timestamp_seconds
    echo lottery_draw_opened_timestamp_seconds; } | sort -u >"$work/served"
  # shellcheck disable=SC2016  # as text
  sed --quiet 's/^| `\(lottery_[a-z_]*\)[`{].*/\1/p' docs/monitoring.md | sort -u >"$work/documented"
  diff "$work/served" "$work/documented"
  grep --only-matching --no-filename 'lottery_[a-z_]*' "$documents/alerts.yml" "$documents/dashboard.json" |
    sed 's/_bucket$//' | sort -u >"$work/used"
  expect "names that are not served" "$(comm -13 "$work/served" "$work/used")" ""
}

rules_and_configuration_are_right() {
  promtool check rules "$documents/alerts.yml"
  promtool check config "$documents/prometheus.yml"
}

alerts_fire_when_they_should() {
  mkdir "$work/rules"
  cp "$documents/alerts.yml" tests/monitoring/alerts_test.yml "$work/rules"
  (cd -- "$work/rules" && promtool test rules alerts_test.yml)
  # A test that can't fail would be none.
  sed -i 's/lottery_ready == 0/lottery_ready == 2/' "$work/rules/alerts.yml"
  (cd -- "$work/rules" && expect_failure promtool test rules alerts_test.yml)
}

dashboard_is_json() { perl -MJSON::PP -e 'local $/; decode_json(<>)' "$documents/dashboard.json"; }

prometheus_says() { page "/api/v1/query?query=$1" "$prometheus_port" >"$work/answer" && grep --quiet "$2" "$work/answer"; }

prometheus_scrapes_the_service() {
  local configuration=$work/prometheus
  mkdir "$configuration"
  cp "$documents/alerts.yml" "$configuration"
  sed -e "s/127.0.0.1:12346/127.0.0.1:$status_port/; s/_interval: 15s/_interval: 1s/" "$documents/prometheus.yml" \
    >"$configuration/prometheus.yml"
  prometheus_port=$(free_port)
  prometheus --config.file="$configuration/prometheus.yml" --storage.tsdb.path="$work/tsdb" \
    --web.listen-address="127.0.0.1:$prometheus_port" >"$work/prometheus.log" 2>&1 &
  prometheus_pid=$!
  until_true 60 prometheus_says 'lottery_ready' '"1"\]'
  until_true 20 prometheus_says 'up' '"1"\]'
  prometheus_says 'lottery_build_info' "\"version\":\"$("$build/bin/lottery_service" --version | grep -o '[0-9.]*$')\""
  kill -TERM "$prometheus_pid"
  wait "$prometheus_pid" || true
}

find_prometheus
start_service
check "the metrics follow Prometheus's conventions" metrics_follow_the_conventions
check "the documents know every metric, and no other" documents_know_every_metric
check "the rules and the configuration are right" rules_and_configuration_are_right
check "each alert fires when it should" alerts_fire_when_they_should
check "the dashboard is JSON" dashboard_is_json
check "Prometheus scrapes the service" prometheus_scrapes_the_service
report
