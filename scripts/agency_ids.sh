# shellcheck shell=bash
# Determines the agencies. To be sourced by other scripts, after messages.sh and settings.sh.
# shellcheck disable=SC2034  # for those that source this

# Sets agencies to what AGENCIES says or else the configuration, and ids to the agencies' ids. Ends the script if
# it is neither a count nor ids; 0 is none.
set_agency_ids() {
  agencies=${AGENCIES:-$(service_setting lottery.agencies 5)}
  agencies=${agencies//[[:space:]]/}
  ids=()
  if [[ $agencies =~ ^[1-9][0-9]{0,3}$|^10000$ ]]; then
    mapfile -t ids < <(seq 1 "$agencies")
  elif [[ $agencies =~ ^(0|[1-9][0-9]{0,9})(,|(,(0|[1-9][0-9]{0,9}))+)$ ]]; then
    IFS=, read -r -a ids <<<"$agencies"
  elif [ "$agencies" != 0 ]; then
    die "AGENCIES: '$agencies' is neither a count from 0 to 10000 nor a list of ids, such as 1,2,7 or 7,"
  fi
}
