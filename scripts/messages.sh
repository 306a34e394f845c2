# shellcheck shell=bash
# What the scripts say to a person. For the other scripts to source.

# Copies standard input to standard output, line by line, without the bytes that could act on a
# terminal: control characters (except newline and tab), bytes that are not UTF-8, invisible characters
# and those that change the direction of text. Every text that the scripts did not write themselves goes
# through it.
printable() {
  LC_ALL=C sed --unbuffered --regexp-extended \
    -e 's/([\x00-\x7f]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})|[\x80-\xff]/\1/g' \
    -e 's/[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f\xad]|\xd8\x9c|\xe2\x80[\x8b-\x8f\xa8-\xae]|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf//g'
}

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
