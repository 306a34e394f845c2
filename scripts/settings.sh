# shellcheck shell=bash
# What the programs are told by the environment and their properties files. For the other scripts to
# source, from the project's folder.

# setting KEY FILE DEFAULT: the value in force, from the environment or the properties file.
setting() {
  local key=$1 file=$2 default=$3 name value
  name=${key^^}
  name=${name//./_}
  value=$(sed -n "s/^[[:space:]]*${key//./\\.}[[:space:]]*[=:][[:space:]]*//p" "$file" |
    sed 's/[[:space:]]*$//')
  printf '%s\n' "${!name-${value:-$default}}"
}

service_setting() { setting "$1" service/service.properties "$2"; }
