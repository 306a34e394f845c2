# shellcheck shell=bash
# What the scripts say to a person. For the other scripts to source.

# Copies standard input to standard output, line by line. What is neither printable ASCII nor a Latin letter
# with an accent (U+00C0 to U+017F) becomes question marks, one for each byte, because it could act on a
# terminal or hide; a tab becomes a space. Every text that the scripts did not write themselves goes through it.
printable() {
  # A letter's first byte is a control character meanwhile, after there are no others.
  LC_ALL=C sed --unbuffered --regexp-extended \
    -e 's/\t/ /g' -e 's/[\x00-\x1f\x7f]/?/g' \
    -e 's/\xc3([\x80-\xbf])/\x03\1/g' -e 's/\xc4([\x80-\xbf])/\x04\1/g' -e 's/\xc5([\x80-\xbf])/\x05\1/g' \
    -e ':again' -e 's/(^|[^\x03-\x05])[\x80-\xff]/\1?/g' -e 't again' \
    -e 'y/\x03\x04\x05/\xc3\xc4\xc5/'
}

# say SENTENCE: says it on standard output.
say() { printf '%s\n' "$1" | printable; }

# die SENTENCE: says it on standard error, and ends the script with 1.
die() {
  printf '%s\n' "$1" | printable >&2
  exit 1
}

# name_of_user UID: the user's name, or a description of it if this machine has none.
name_of_user() {
  local name=""
  if name=$(id --user --name -- "$1" 2>/dev/null); then
    printf '%s\n' "$name"
  else
    printf 'the user %s\n' "$1"
  fi
}

# owner_of PATH: the name of the user that PATH belongs to.
owner_of() { name_of_user "$(stat --format=%u -- "$1")"; }
