#!/usr/bin/env bash
# Installs the missing Debian packages of the named groups with apt-get, as root or through sudo. Prints the command
# that it runs; prints nothing if nothing is missing. If it may not install, prints the command for root and exits
# with 1.
#
#   scripts/install_packages.sh GROUP ...
set -euo pipefail
export LC_ALL=C

build=(g++ make cmake libpoco-dev libsqlitecpp-dev libsqlite3-dev libssl-dev prometheus-cpp-dev libsystemd-dev libpq-dev pkg-config sqlite3)
test=(libgtest-dev strace sqlite3 openssl postgresql-15)
bench=(libpq-dev)
fuzz=(clang libclang-rt-14-dev)
certificates=(openssl)
compose=(docker-compose)
database=(sqlite3)
engine=(docker.io docker-compose debootstrap iptables)
browser=(chromium)
postgresql=(postgresql-15)
psql=(postgresql-client-15)
cluster=(postgresql-15 postgresql-15-auto-failover pg-auto-failover-cli iproute2)
lint=(clang-format clang-tidy shellcheck git systemd)

if [ $# -eq 0 ]; then
  echo "usage: scripts/install_packages.sh build|test|bench|lint|fuzz|certificates|compose|database|engine|browser|postgresql|psql|cluster ..." >&2
  exit 1
fi

wanted=()
for group in "$@"; do
  case "$group" in
    build) wanted+=("${build[@]}") ;;
    test) wanted+=("${test[@]}") ;;
    bench) wanted+=("${bench[@]}") ;;
    lint) wanted+=("${lint[@]}") ;;
    fuzz) wanted+=("${fuzz[@]}") ;;
    certificates) wanted+=("${certificates[@]}") ;;
    compose) wanted+=("${compose[@]}") ;;
    database) wanted+=("${database[@]}") ;;
    engine) wanted+=("${engine[@]}") ;;
    postgresql) wanted+=("${postgresql[@]}") ;;
    psql) wanted+=("${psql[@]}") ;;
    cluster) wanted+=("${cluster[@]}") ;;
    browser)
      wanted+=("${browser[@]}")
      # Node from another source includes its own npm.
      if ! command -v npm >/dev/null; then wanted+=(nodejs npm); fi
      ;;
    *)
      echo "install_packages.sh: there is no group '$group', only build, test, bench, lint, fuzz," \
        "certificates, compose, database, engine, browser, postgresql, psql and cluster" >&2
      exit 1
      ;;
  esac
done

if ! command -v dpkg-query >/dev/null; then
  echo "install_packages.sh: this system is not Debian. The Debian packages that are needed are ${wanted[*]}: install the same software by hand." >&2
  exit 0
fi

is_installed() {
  [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=()
for package in "${wanted[@]}"; do
  if ! is_installed "$package" && [[ " ${missing[*]} " != *" $package "* ]]; then
    missing+=("$package")
  fi
done
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi

# On a newly started machine, another apt-get may be running.
install=(apt-get install --yes --no-install-recommends -o DPkg::Lock::Timeout=300 "${missing[@]}")

as_root=(env DEBIAN_FRONTEND=noninteractive)
if [ "$(id -u)" -ne 0 ]; then
  # Without a terminal, sudo can't ask for a password.
  if ! command -v sudo >/dev/null || { [ ! -t 0 ] && ! sudo -n true 2>/dev/null; }; then
    echo "Packages are missing, and only root may install them. As root, run:" >&2
    echo "  apt-get update && ${install[*]}" >&2
    exit 1
  fi
  as_root=(sudo "${as_root[@]}")
fi

# The tests and make up create their own PostgreSQL clusters, so the package must not create or start one. Afterwards
# the machine creates clusters again as before.
cluster_conf=/etc/postgresql-common/createcluster.conf
own_cluster_conf=""
if [[ " ${missing[*]} " == *" postgresql-15 "* ]] && [ ! -e "$cluster_conf" ]; then
  own_cluster_conf=1
  "${as_root[@]}" mkdir -p "${cluster_conf%/*}"
  echo "create_main_cluster = false" | "${as_root[@]}" tee "$cluster_conf" >/dev/null
fi

echo "Installing what is missing: ${as_root[*]} ${install[*]}"
# A package source that does not answer is not fatal here: the installation will fail if it is needed.
"${as_root[@]}" apt-get update -q || true
"${as_root[@]}" "${install[@]}" </dev/null
if [ -n "$own_cluster_conf" ]; then "${as_root[@]}" cp /usr/share/postgresql-common/createcluster.conf "$cluster_conf"; fi
