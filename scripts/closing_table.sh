# shellcheck shell=bash
# What `make up` shows at the end: what each agency bet and won, read from the result files that the
# agencies' clients write. An exit code only tells what went wrong. For up.sh to source. It sets what is read here: ids, exit_codes and stopped.
# shellcheck disable=SC2154  # up.sh has the variables

# The limit of what is read of a result file, which has less than 200 bytes, and of what is shown of a reason.
result_bytes_max=4096
reason_bytes_max=300

# result_of AGENCY: prints the path of the result file of the agency's client.
result_of() { printf '%s\n' "$results_folder/agency-$1/result.json"; }

# read_result AGENCY: sets bets, already_stored, winners and seconds to the numbers in the agency's result file. winners
# is empty if the client did not learn it. Fails if there is no such file, or if it is not exactly the one line that a
# client writes. A container may have written the file: a link is not followed, a FIFO is not waited for, and at most
# result_bytes_max bytes are read.
read_result() {
  local content
  local end=$'\n.' number='(0|[1-9][0-9]{0,11})'
  bets="" already_stored="" winners="" seconds=""
  content=$(dd if="$(result_of "$1")" iflag=nofollow,nonblock,fullblock bs="$result_bytes_max" count=1 \
    2>/dev/null | tr '\000' '?' && echo .) || return 1
  if ! [[ $content =~ ^\{\"agency\":"$1",\"draw\":(null|$number),\"bets\":$number,\"already_stored\":$number,\"winners\":(null|$number),\"seconds\":((0|[1-9][0-9]{0,8})(\.[0-9]{1,9})?)\}"$end"$ ]]; then
    return 1
  fi
  bets=${BASH_REMATCH[3]}
  already_stored=${BASH_REMATCH[4]}
  winners=${BASH_REMATCH[6]}
  seconds=${BASH_REMATCH[7]}
  if [ "${BASH_REMATCH[5]}" = null ]; then winners=""; fi
}

# Prints 1234567 as 1,234,567.
grouped() {
  local digits=$1 text=""
  while [ ${#digits} -gt 3 ]; do
    text=",${digits: -3}$text"
    digits=${digits:0:-3}
  done
  printf '%s' "$digits$text"
}

# reason_of AGENCY: prints why the agency did not get its winners. Call it after read_result. The client's last sentence
# on standard error is only displayed, never interpreted.
reason_of() {
  local sentence
  # The exit code is 143 if stop_agencies has stopped the client, and 130 after Ctrl-C in a terminal.
  case "${exit_codes[$1]}" in
    0 | 130 | 143)
      sentence=$stopped
      if [ -z "$sentence" ] && [ "${exit_codes[$1]}" != 0 ]; then
        sentence="failed: a signal stopped it (exit code ${exit_codes[$1]})"
      fi
      if [ -z "$sentence" ]; then sentence=${bets:+it was not told its winners}; fi
      if [ -z "$sentence" ]; then sentence="there is no valid result file"; fi
      ;;
    *)
      sentence=$(grep --text --no-messages '^agency_client: ' "$log_folder/agency-$1.log" | tail -n 1 |
        cut --characters=16- | head --bytes="$reason_bytes_max" | printable) || true
      sentence="failed: ${sentence:-exit code ${exit_codes[$1]}}"
      ;;
  esac
  printf '%s' "$sentence"
}

# Prints the table. Sets failed to the number of agencies that did not learn their winners, and found_stored to the
# number of bets that earlier runs had stored.
print_table() {
  local row='%7s  %10s  %7s  %7s%s\n'
  local id bets already_stored winners seconds mark
  local total_bets=0 total_winners=0 total_seconds=0
  failed=0
  found_stored=0
  # shellcheck disable=SC2059  # one format for every row
  {
    printf "$row" agency bets winners seconds ""
    for id in "${ids[@]}"; do
      mark=""
      if ! read_result "$id" || [ -z "$winners" ] || ! [[ ${exit_codes[$id]} =~ ^(0|130|143)$ ]]; then
        failed=$((failed + 1))
        mark="  $(reason_of "$id")"
      fi
      printf "$row" "$id" "$(grouped "${bets:--}")" "${winners:--}" "$(rounded "$seconds")" "$mark"
      total_bets=$((total_bets + ${bets:-0}))
      total_winners=$((total_winners + ${winners:-0}))
      found_stored=$((found_stored + ${already_stored:-0}))
      total_seconds=$(printf '%s\n' "$total_seconds" "${seconds:-0}" | sort -g | tail -n 1)
    done
    printf "$row" total "$(grouped "$total_bets")" "$total_winners" "$(rounded "$total_seconds")" ""
  }
}

# rounded SECONDS: prints them with one decimal, or a dash if there are none.
rounded() { if [ -n "$1" ]; then printf '%.1f' "$1"; else printf '%s' -; fi; }
