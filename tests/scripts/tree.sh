# shellcheck shell=bash
# A copy of the project's scripts with the programs that were built, in which `make up` and the others
# run without a build, without Docker and on a port of their own. For the tests to source from the
# project's folder, after checks.sh.
#
# shellcheck disable=SC2154  # checks.sh sets $work
#
# BUILD in the environment: where the programs were built.

project=$(pwd -P)
programs=$(realpath -- "${BUILD:-build}")/bin

# What ctest was called with is not for the `make` of the tests.
unset MAKEFLAGS MFLAGS MAKELEVEL MODE AGENCIES DATA AGAIN NO_BETS TLS PLAINTEXT ENGINE SERVICES REVOKE YES BUILD BEFORE FROM JOBS CDPATH BASH_ENV
unset "${!SERVICE_@}" "${!LOTTERY_@}" "${!STORAGE_@}" "${!AGENCY_@}" "${!BATCH_@}"
export DOCKER_HOST=unix:///nonexistent

# The programs exist: there is nothing to build. No Docker engine answers, and asking takes time. Scripts of the tests
# replace these files, so they are no links.
mkdir "$work/bin"
printf '#!/bin/sh\n' >"$work/bin/cmake"
printf '#!/bin/sh\nexit 1\n' >"$work/bin/docker"
chmod +x "$work/bin/cmake" "$work/bin/docker"
export PATH=$work/bin:$PATH

# copy_tree FOLDER: copies the scripts, their settings and the programs into FOLDER. No package is missing, so none is
# looked for there.
copy_tree() {
  mkdir -- "$1"
  tar -C "$project" -c .ci .dockerignore Makefile docker scripts tests/docker tests/scripts \
    service/service.properties agency_client/agency.properties | tar -C "$1" --no-same-owner -x
  printf '#!/bin/sh\n' >"$1/scripts/install_packages.sh"
  mkdir -p -- "$1/build/bin"
  cp -- "$programs/lottery_service" "$programs/agency_client" "$1/build/bin/"
}

# Sets SERVICE_PORT to a port that nobody else gets: a process has bound it, and does not listen. The
# service, which binds with SO_REUSEADDR, can listen on it all the same. The process ends with this
# script.
reserve_port() {
  # shellcheck disable=SC2016  # perl's variables
  read -r SERVICE_PORT < <(exec perl -MSocket -e '
    $script = getppid;
    $| = 1;
    socket($socket, PF_INET, SOCK_STREAM, 0) or die $!;
    setsockopt($socket, SOL_SOCKET, SO_REUSEADDR, 1) or die $!;
    bind($socket, sockaddr_in(0, INADDR_ANY)) or die $!;
    print((sockaddr_in(getsockname($socket)))[0], "\n");
    sleep 1 while getppid == $script;')
  export SERVICE_PORT
}

tree=$work/tree
copy_tree "$tree"
reserve_port

# Prints the processes of programs that are in $work.
our_processes() { find /proc/[1-9]*/exe -maxdepth 0 -lname "$work/*" -printf '%h\n' 2>/dev/null | sed 's|/proc/||'; }

# A folder is deleted only after what runs in it has ended, also if its files don't tell of it.
clean_up() {
  local pid
  for pid in $(our_processes); do
    kill -TERM "$pid" || true
    timeout 20 tail --pid="$pid" --sleep-interval=0.1 -f /dev/null || kill -KILL "$pid" || true
    timeout 5 tail --pid="$pid" --sleep-interval=0.1 -f /dev/null || true
  done
  rm -rf --one-file-system -- "$work"
}

# in_tree COMMAND ...: runs it in the copy.
in_tree() { (cd -- "$tree" && "$@"); }

# as_user UID COMMAND ...: runs it as that user, who need not exist.
as_user() {
  local uid=$1
  shift
  setpriv --reuid="$uid" --regid="$uid" --clear-groups -- env HOME=/ "$@"
}

# write_bets FILE BET ...: writes a bets file, in the folder that it makes.
write_bets() {
  local file=$1
  shift
  mkdir -p -- "${file%/*}"
  printf '%s\n' "$@" >"$file"
}

# stub_program NAME: replaces a program of the copy with the script on standard input.
stub_program() {
  rm -f -- "$tree/build/bin/$1"
  { echo '#!/usr/bin/env bash'; cat; } >"$tree/build/bin/$1"
  chmod +x "$tree/build/bin/$1"
}
