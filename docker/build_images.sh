#!/usr/bin/env bash
# Builds the images lottery-service, lottery-agency, lottery-netcat and lottery-postgresql if they are missing or were
# built from other sources. Configuration is not a source: editing it does not cause a build.
#
#   docker/build_images.sh [service|agency|netcat|postgresql ...]     (default: the first three)
#
# DOCKER_BUILD_OPTIONS in the environment: more options for `docker build`, such as --network=host.
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/.."
. scripts/messages.sh
. scripts/run_folder.sh

log=$log_folder/build_images.log

images=("$@")
if [ $# -eq 0 ]; then images=(service agency netcat); fi

# fingerprint IMAGE: a hash of everything that the image is made from. The programs are made from what .dockerignore
# lets in; the other images only from their recipes.
fingerprint() {
  local files=(docker/Dockerfile)
  if [ "$1" = postgresql ]; then
    files+=(docker/postgresql.sh)
  elif [ "$1" != netcat ]; then
    mapfile -t files < <(sed -n 's/^!//p' .dockerignore)
  fi
  find "${files[@]}" -type f ! -name '*.properties' -print0 | sort -z |
    xargs -0 sha256sum | sha256sum | cut -d ' ' -f 1
}

read -r -a build_options <<<"${DOCKER_BUILD_OPTIONS:-}"
# A proxy set on this machine also applies to the build, and is not stored in the images.
for name in http_proxy https_proxy no_proxy; do
  if [ -n "${!name:-}" ]; then build_options+=(--build-arg "$name"); fi
done

make_run_folders "$log_folder"
for image in "${images[@]}"; do
  case "$image" in
    service | agency | netcat | postgresql) ;;
    *) die "build_images.sh: there is no image '$image', only service, agency, netcat and postgresql" ;;
  esac
  sources=$(fingerprint "$image")
  built_from=$(docker image inspect --format '{{ index .Config.Labels "lottery.sources" }}' \
    "lottery-$image" 2>/dev/null) || built_from=""
  if [ "$built_from" = "$sources" ]; then continue; fi
  echo "Building the image lottery-$image; what the engine says goes to $log ..."
  if ! docker build --force-rm --file docker/Dockerfile --target "$image" --tag "lottery-$image" \
    --build-arg SOURCES="$sources" "${build_options[@]}" . </dev/null >"$log" 2>&1; then
    tail -n 40 "$log" | printable >&2
    die "build_images.sh: the image lottery-$image could not be built"
  fi
done
