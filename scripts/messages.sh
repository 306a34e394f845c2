# shellcheck shell=bash
# How the scripts talk to a person. To be sourced by other scripts.

# Copies standard input to standard output, line by line. Each byte of a character that is neither printable ASCII nor
# an accented Latin letter (U+00C0 to U+017F) becomes a question mark, because it could control the terminal or be
# invisible; a tab becomes a space. All text that the scripts did not write themselves goes through this.
printable() {
  # Meanwhile the first byte of such a letter is represented by a control character; all others are gone by then.
  LC_ALL=C sed --unbuffered --regexp-extended \
    -e 's/\t/ /g' -e 's/[\x00-\x1f\x7f]/?/g' \
    -e 's/\xc3([\x80-\xbf])/\x03\1/g' -e 's/\xc4([\x80-\xbf])/\x04\1/g' -e 's/\xc5([\x80-\xbf])/\x05\1/g' \
    -e ':again' -e 's/(^|[^\x03-\x05])[\x80-\xff]/\1?/g' -e 't again' \
    -e 'y/\x03\x04\x05/\xc3\xc4\xc5/'
}

# say SENTENCE: prints it on standard output.
say() { printf '%s\n' "$1" | printable; }

# die SENTENCE: prints it on standard error, and ends the script with 1.
die() {
  printf '%s\n' "$1" | printable >&2
  exit 1
}

# name_of_user UID: the user's name, or a description if this machine does not know the user.
name_of_user() {
  local name=""
  if name=$(id --user --name -- "$1" 2>/dev/null); then
    printf '%s\n' "$name"
  else
    printf 'the user %s\n' "$1"
  fi
}

# owner_of PATH: the name of the user that owns PATH.
owner_of() { name_of_user "$(stat --format=%u -- "$1")"; }
