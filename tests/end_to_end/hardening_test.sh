#!/usr/bin/env bash
# Checks that programs are built with what makes a memory error harder to exploit: position-independent
# code, a read-only table of all addresses of libraries' functions, stack protectors, and a stack that
# can't be executed. (The unit tests see that functions of glibc and containers are checked.)
#
#   tests/end_to_end/hardening_test.sh PROGRAM ...
#
# Ends with 1, after a sentence for each thing that is missing.
set -euo pipefail

missing=0

# expect PROGRAM WHAT TEXT PATTERN: that TEXT has a line that matches PATTERN.
expect() {
  if ! grep -Eq -- "$4" <<<"$3"; then
    echo "$1: $2" >&2
    missing=1
  fi
}

if [ $# -eq 0 ]; then
  echo "usage: tests/end_to_end/hardening_test.sh PROGRAM ..." >&2
  exit 1
fi
for program in "$@"; do
  file=$(readelf --wide --file-header --program-headers --dynamic "$program")
  symbols=$(readelf --wide --dyn-syms "$program")
  expect "$program" "is not position-independent" "$file" 'Type: +DYN'
  expect "$program" "is a library, not a position-independent program" "$file" 'FLAGS_1.* PIE'
  expect "$program" "has no read-only relocations" "$file" '^ *GNU_RELRO '
  expect "$program" "binds functions of libraries late" "$file" 'FLAGS_1.* NOW'
  expect "$program" "has an executable stack" "$file" '^ *GNU_STACK .* RW +0x'
  expect "$program" "has no stack protector" "$symbols" ' __stack_chk_fail(@|$)'
done
exit "$missing"
