# shellcheck shell=bash
# The programs' settings, from the environment and the properties files. To be sourced by other scripts, from the
# project's folder.

# setting KEY FILE DEFAULT: the value in force, from the environment or the properties file.
setting() {
  local key=$1 file=$2 name value=$3 line
  name=${key^^}
  name=${name//./_}
  if [ -n "${!name+set}" ]; then
    printf '%s\n' "${!name}"
    return
  fi
  while IFS= read -r line || [ -n "$line" ]; do
    # The key is quoted, so that it is compared as text.
    if [[ $line =~ ^[[:space:]]*"$key"[[:space:]]*[=:][[:space:]]*(.*)$ ]]; then
      value=${BASH_REMATCH[1]}
      value=${value%"${value##*[![:space:]]}"}
    fi
  done <"$file"
  printf '%s\n' "$value"
}

service_setting() { setting "$1" service/service.properties "$2"; }

# service_setting_source KEY: the source of the value that service_setting prints.
service_setting_source() {
  local name=${1^^}
  name=${name//./_}
  if [ -n "${!name+set}" ]; then
    printf 'the environment variable %s\n' "$name"
  else
    echo service/service.properties
  fi
}

# is_port TEXT: true if it is a port number, 1 to 65535.
is_port() { [[ $1 =~ ^[1-9][0-9]{0,4}$ ]] && [ "$1" -le 65535 ]; }

# path_of TEXT: the same path in a form that no program mistakes for an option.
path_of() {
  case "$1" in
    -*) printf './%s\n' "$1" ;;
    *) printf '%s\n' "$1" ;;
  esac
}

# refuse_references NAME PATH: ends the script if the programs would read PATH differently: they replace ${...} by
# other settings, and a ~ that the shell has not expanded was meant as a home directory. Needs messages.sh.
refuse_references() {
  # shellcheck disable=SC2016  # as text
  if [[ $2 == *'${'* ]]; then die "$1: '$2' contains \${, which the programs replace by another setting."; fi
  # path_of() changes nothing about it.
  if [[ $2 == '~'* ]]; then
    die "$1: '$2' begins with ~, which only a shell replaces, and only at the start of an unquoted word: write the whole path, or begin with ./~ if the name itself begins with ~."
  fi
}
