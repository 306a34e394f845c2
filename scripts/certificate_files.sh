# shellcheck shell=bash
# Where the certificates of mutual TLS are, and whose they are. For the other scripts to source, after messages.sh,
# run_folder.sh and database.sh.
# shellcheck disable=SC2034,SC2154  # what they set is read here, and the other way round

certificates_folder=run/certificates

# make_certificate_folder FOLDER [MODE]: makes it if it is missing, and ends the script if it is a link, or another user's.
make_certificate_folder() {
  if [ ! -d run ]; then mkdir --mode=0755 run; fi
  if [ -L "$1" ]; then die "$1 is a link, and keys are not written through links: remove it."; fi
  # Whom root has the service run as must reach its own folder in there.
  if [ ! -d "$1" ]; then mkdir --mode="${2:-0700}" "$1"; fi
  if [ ! -O "$1" ] && [ "$(id -u)" -ne 0 ]; then refuse_path_of_others "$1"; fi
}

# give_to_service PATH ...: root's service runs as the owner of the database's folder, and must be able to read its
# key, which nobody else may.
give_to_service() {
  if [ "$(id -u)" -ne 0 ]; then return; fi
  if [ -z "${database_user:-}" ]; then choose_database_user; fi
  chown --no-dereference "$database_user" "$@"
}
