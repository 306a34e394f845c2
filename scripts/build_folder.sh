#!/usr/bin/env bash
# Prepares a build folder for this user and this checkout before CMake uses it. Ends with 1 and a sentence if it
# contains files of another user. If it was configured for another checkout (because this one was moved or copied),
# deletes CMake's files there, so that everything is rebuilt. Does nothing if the folder does not exist.
#
#   scripts/build_folder.sh FOLDER
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/.."
. scripts/messages.sh
. scripts/settings.sh

if [ $# -ne 1 ]; then
  echo "usage: scripts/build_folder.sh FOLDER" >&2
  exit 1
fi
build=$(path_of "$1")
if [ ! -d "$build" ]; then exit 0; fi

cache=$build/CMakeCache.txt

# ---- Whose it is

# Prints the first folder or file that a build writes to and that this user can't write to. As root, it finds none.
path=$(find "$build" ! -writable ! -user "$(id -u)" \( -type d -o -type f \) -print -quit 2>/dev/null)
if [ -n "$path" ]; then
  die "$path belongs to $(owner_of "$path"), who has built the programs here; $(name_of_user "$(id -u)") can't write to it. Have it removed (sudo make clean), or build elsewhere: make BUILD=folder ..."
fi

# ---- For which checkout

# in_cache NAME: the value of an entry in CMake's cache.
in_cache() { sed --quiet "s/^$1:[A-Z]*=//p" "$cache" | head -n 1; }

if [ ! -f "$cache" ] || [ "$(in_cache CMAKE_PROJECT_NAME)" != lottery ]; then exit 0; fi
source_folder=$(in_cache CMAKE_HOME_DIRECTORY)
if [ "$source_folder" = "$(pwd -P)" ] && [ "$(in_cache CMAKE_CACHEFILE_DIR)" = "$(realpath -- "$build")" ]; then
  exit 0
fi
say "$1 was configured for the checkout $source_folder, but this checkout is $(pwd -P): everything is built again."
rm -f -- "$cache"
find "$build" -type d -name CMakeFiles -prune -exec rm -rf --one-file-system -- {} +
