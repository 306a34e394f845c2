# shellcheck shell=bash
# The places and the owners of the certificates for mutual TLS. To be sourced by other scripts, after messages.sh,
# run_folder.sh and database.sh.
# shellcheck disable=SC2034,SC2154  # what they set is read here, and the other way round

certificates_folder=run/certificates

# make_certificate_folder FOLDER [MODE]: creates it if it is missing. Ends the script if it is a link or belongs to
# another user.
make_certificate_folder() {
  if [ ! -d run ]; then mkdir --mode=0755 run; fi
  if [ -L "$1" ]; then die "$1 is a link, and keys are not written through links: remove it."; fi
  # If root starts the service as another user, that user must be able to reach its own folder inside.
  if [ ! -d "$1" ]; then mkdir --mode="${2:-0700}" "$1"; fi
  if [ ! -O "$1" ] && [ "$(id -u)" -ne 0 ]; then refuse_path_of_others "$1"; fi
}

# give_to_service PATH ...: if root starts it, the service runs as the owner of the database's folder. Only that
# user may read the service's key.
give_to_service() {
  if [ "$(id -u)" -ne 0 ]; then return; fi
  if [ -z "${database_user:-}" ]; then choose_database_user; fi
  chown --no-dereference "$database_user" "$@"
}
