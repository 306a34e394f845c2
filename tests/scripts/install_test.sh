#!/usr/bin/env bash
# `cmake --install`: what is installed, and whether systemd takes the unit and finds it closed enough. Where
# systemd-analyze is missing, as in many containers, those two are left out, except in continuous integration.
#
# No arguments. BUILD in the environment: where the programs were built.
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/../.."
. tests/scripts/checks.sh

build=$(realpath -- "${BUILD:-build}")
root=$work/root
unit=$root/usr/local/lib/systemd/system/lottery.service

installs_what_a_service_needs() {
  DESTDIR=$root cmake --install "$build"
  expect "the files" "$(find "$root" -type f -printf '%P %m\n' | sort)" "etc/lottery/agency.properties 644
etc/lottery/service.properties 644
usr/local/bin/agency_client 755
usr/local/bin/lottery_service 755
usr/local/lib/systemd/system/lottery.service 644
usr/local/lib/sysusers.d/lottery.conf 644"
  "$root/usr/local/bin/lottery_service" --version
  expect_text "$unit" "ExecStart=/usr/local/bin/lottery_service --config=/etc/lottery/service.properties"
}

keeps_the_configuration_of_an_operator() {
  echo 'service.port = 4711' >"$root/etc/lottery/service.properties"
  DESTDIR=$root cmake --install "$build"
  expect "the configuration" "$(cat "$root/etc/lottery/service.properties")" 'service.port = 4711'
}

is_a_unit_that_systemd_takes() {
  # It looks whether the program is there.
  sed "s|ExecStart=|&$root|" "$unit" >"$work/lottery.service"
  expect "what systemd says" "$(systemd-analyze verify "$work/lottery.service" 2>&1 | grep lottery || true)" ""
  sed -i 's/^WatchdogSec=/WatchdogSeconds=/' "$work/lottery.service"
  systemd-analyze verify "$work/lottery.service" 2>&1 | grep WatchdogSeconds
}

is_closed_enough() { systemd-analyze security --offline=true --threshold=30 "$unit"; }

check "the programs, their configuration and a unit are installed" installs_what_a_service_needs
check "an operator's configuration stays" keeps_the_configuration_of_an_operator
if [ -n "${CI:-}" ] || command -v systemd-analyze >/dev/null; then
  check "systemd takes the unit" is_a_unit_that_systemd_takes
  check "systemd finds the unit closed enough" is_closed_enough
else
  skipped=$((skipped + 2))
  echo "skip  what systemd says of the unit: systemd-analyze is missing"
fi
report
