# shellcheck shell=bash
# A Docker engine of the tests' own, on a data folder of its own, and the base image where it can't be
# pulled. For run.sh to source.

engine_start_timeout_seconds=30
engine_stop_timeout_seconds=60
pull_timeout_seconds=60

engine_pid=""
engine_firewall=""  # as it was before

engine_answers() { timeout 10 docker version >/dev/null 2>&1; }

# start_engine FOLDER: starts dockerd on FOLDER, and has DOCKER_HOST name it. It has no bridge to the
# world, and builds use the network of the machine. What it does to the firewall, where there is one, is
# what lets its containers reach each other; stop_engine undoes it.
start_engine() {
  local folder=$1 firewall=(--iptables=false)
  mkdir -p "$folder"
  export DOCKER_HOST=unix://$folder/docker.sock
  export DOCKER_BUILD_OPTIONS=--network=host
  engine_firewall=$folder/firewall
  if write_firewall >"$engine_firewall" 2>/dev/null; then firewall=(); fi
  setsid dockerd --data-root "$folder/data" --exec-root "$folder/exec" \
    --pidfile "$folder/dockerd.pid" --host "$DOCKER_HOST" --bridge none "${firewall[@]}" \
    </dev/null >"$folder/log" 2>&1 &
  engine_pid=$!
  if ! until_true "$engine_start_timeout_seconds" engine_answers; then
    tail -n 20 "$folder/log" >&2
    return 1
  fi
}

# Writes the tables of the firewall that an engine changes, for iptables-restore; one that there is not,
# as it is at first.
write_firewall() {
  local table chains rules
  for table in filter nat; do
    chains=(INPUT FORWARD OUTPUT)
    if [ "$table" = nat ]; then chains=(PREROUTING INPUT OUTPUT POSTROUTING); fi
    rules=$(iptables-save --table "$table") || return 1
    if [ -z "$rules" ]; then
      rules="*$table"$'\n'$(printf ':%s ACCEPT [0:0]\n' "${chains[@]}")$'\nCOMMIT'
    fi
    printf '%s\n' "$rules"
  done
}

# Ends the engine, by its process id, and waits until it has ended.
stop_engine() {
  if [ -z "$engine_pid" ]; then return; fi
  kill -TERM "$engine_pid" 2>/dev/null || true
  timeout "$engine_stop_timeout_seconds" tail --pid="$engine_pid" --sleep-interval=0.2 -f /dev/null ||
    echo "The engine (process $engine_pid) does not end." >&2
  if [ -s "$engine_firewall" ]; then iptables-restore <"$engine_firewall"; fi
  # An engine that has ended leaves a mount behind.
  umount "${engine_firewall%/*}"/exec/netns/* 2>/dev/null || true
  engine_pid=""
}

# provide_base_image FOLDER: has the engine know debian:bookworm-slim: as it is, pulled, or else made
# in FOLDER from this machine's own source of Debian packages.
provide_base_image() {
  local folder=$1 base=debian:bookworm-slim mirror
  if docker image inspect "$base" >/dev/null 2>&1; then return; fi
  if timeout "$pull_timeout_seconds" docker pull "$base" >/dev/null 2>&1; then return; fi
  # shellcheck disable=SC2016  # apt-get's own placeholder
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
    'Codename: bookworm' | head -n 1)
  debootstrap --variant=minbase bookworm "$folder" ${mirror:+"$mirror"} >"$folder.log" 2>&1 || {
    tail -n 20 "$folder.log" >&2
    return 1
  }
  rm -f "$folder"/var/cache/apt/archives/*.deb
  tar -C "$folder" -c . | docker import --change 'CMD ["bash"]' - "$base" >/dev/null
  rm -rf --one-file-system "$folder"
}
