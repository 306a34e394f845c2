# shellcheck shell=bash
# What `make up` shows at the end: what each agency bet and won, read from the agencies' log lines.
# For up.sh to source. It sets what is read here: ids, exit_codes, stopped, log_folder and began.
# shellcheck disable=SC2154  # up.sh has the variables

# 1234567 as 1,234,567.
grouped() {
  local digits=$1 text=""
  while [ ${#digits} -gt 3 ]; do
    text=",${digits: -3}$text"
    digits=${digits:0:-3}
  done
  printf '%s' "$digits$text"
}

# Bets that were acknowledged now, and those that an earlier run had stored in this draw.
acknowledged_bets() {
  awk -F ' [|] ' '/action: apuesta_enviada [|] result: success/ {
      for (i = 3; i <= NF; i++) {
        if ($i ~ /^(cantidad|already_stored): /) { sub(/.*: /, "", $i); bets += $i }
      }
    }
    END { print bets + 0 }' "$1"
}

# An agency's winners, or nothing where it was not told.
told_winners() {
  sed -n 's/.*action: consulta_ganadores | result: success | cant_ganadores: \([0-9]*\).*/\1/p' "$1"
}

# What an agency has said on standard error, in a sentence.
reason_of() {
  local sentence
  sentence=$(sed -n 's/^agency_client: //p' "$log_folder/agency-$1.log" | tail -n 1)
  if [ "${exit_codes[$1]}" != 0 ]; then
    echo "failed: ${sentence:-it ended with ${exit_codes[$1]}}"
  else
    echo "${stopped:-stopped}"
  fi
}

# seconds_until LOG: an agency's last line is its last act.
seconds_until() {
  stat --format=%.3Y "$1" | awk -v began="$began" '{ printf "%.1f", ($1 > began) ? $1 - began : 0 }'
}

# Prints the table, and sets failed to how many agencies were not told their winners.
print_table() {
  local row='%7s  %10s  %7s  %7s%s\n'
  local id log bets winners seconds mark
  local total_bets=0 total_winners=0 total_seconds=0.0
  failed=0
  # shellcheck disable=SC2059  # one format for every row
  {
    printf "$row" agency bets winners seconds ""
    for id in "${ids[@]}"; do
      log=$log_folder/agency-$id.log
      bets=$(acknowledged_bets "$log")
      winners=$(told_winners "$log")
      seconds=$(seconds_until "$log")
      mark=""
      if [ -z "$winners" ] || [ "${exit_codes[$id]}" != 0 ]; then
        failed=$((failed + 1))
        mark="  $(reason_of "$id")"
      fi
      printf "$row" "$id" "$(grouped "$bets")" "${winners:--}" "$seconds" "$mark"
      total_bets=$((total_bets + bets))
      total_winners=$((total_winners + ${winners:-0}))
      total_seconds=$(printf '%s\n' "$total_seconds" "$seconds" | sort -n | tail -n 1)
    done
    printf "$row" total "$(grouped "$total_bets")" "$total_winners" "$total_seconds" ""
  }
}
