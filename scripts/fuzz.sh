#!/usr/bin/env bash
# Fuzzes the framer, the decoder and the bets file with libFuzzer, under AddressSanitizer and
# UndefinedBehaviorSanitizer, for this many seconds each.
#   scripts/fuzz.sh SECONDS
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/.."
. scripts/messages.sh
. scripts/settings.sh

seconds=${1:?how many seconds for each target}
if ! [[ $seconds =~ ^[1-9][0-9]{0,5}$ ]]; then
  die "fuzz.sh: '$seconds' is not a number of seconds from 1 to 999999"
fi
folder=$(path_of "${BUILD:-build}")/fuzz

scripts/build_folder.sh "$folder"
cmake -S . -B "$folder" -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=RelWithDebInfo \
  -DLOTTERY_FUZZ=ON -DLOTTERY_SANITIZE=fuzzer-no-link,address,undefined
cmake --build "$folder" --parallel "${JOBS:-$(nproc)}" \
  --target fuzz_frame_reader fuzz_request_decoder fuzz_bets_file

for target in frame_reader request_decoder bets_file; do
  # Inputs found while fuzzing are kept in the build folder; the corpus in the tree is the starting point.
  mkdir -p "$folder/corpus/$target"
  (
    cd -- "$folder"
    "bin/fuzz_$target" -max_total_time="$seconds" -print_final_stats=1 -verbosity=0 \
      "corpus/$target" "$OLDPWD/tests/fuzz/corpus/$target"
  )
done
