#!/usr/bin/env bash
# Makes the files for mutual TLS in run/certificates/: a CA, a certificate for the service and one for each agency,
# and the list of revoked certificates (CRL). Existing certificates that are valid for 30 more days are kept; the CRL
# is always made again. Then tells the running service to reread its files.
#
# No arguments. In the environment:
#   AGENCIES  a count, or ids with commas between (default: lottery.agencies)
#   REVOKE    an agency's id: revokes its certificate, and makes nothing else but the CRL
#
#   run/certificates/ca/         the CA: ca.pem, and ca.key, which only this script needs
#   run/certificates/service/    certificate.pem, key.pem, ca.pem, revoked.pem
#   run/certificates/agency-N/   certificate.pem, key.pem, ca.pem
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/.."
. scripts/messages.sh
. scripts/settings.sh
. scripts/run_folder.sh
. scripts/database.sh
. scripts/local_service.sh
. scripts/containers.sh
. scripts/agency_ids.sh
. scripts/certificate_files.sh

ca_days=3650
certificate_days=397
crl_days=30
keep_seconds=$((30 * 24 * 3600))

umask 077
ca=$certificates_folder/ca
service=$certificates_folder/service

# openssl's output only describes its progress; it is shown if openssl fails.
openssl_quietly() {
  local log
  if log=$(openssl "$@" 2>&1 </dev/null); then return; fi
  printf '%s\n' "$log" | printable >&2
  die "'openssl $1' has failed, and $certificates_folder may be incomplete: run 'make certificates' again."
}

# until FILE: the end of the certificate's validity.
until_when() { openssl x509 -in "$1" -noout -enddate | sed 's/^notAfter=//' | printable; }

is_kept() { [ -s "$1" ] && openssl x509 -in "$1" -noout -checkend "$keep_seconds" >/dev/null 2>&1; }

make_ca() {
  if [ -e "$ca/ca.key" ]; then
    if ! is_kept "$ca/ca.pem"; then
      die "The CA in $ca expires within 30 days. A new CA must issue every certificate again: move $certificates_folder away, and run 'make certificates' again."
    fi
    return
  fi
  if [ -e "$ca/ca.pem" ]; then die "$ca has a certificate but no key: this is not a CA that 'make certificates' has made."; fi
  openssl_quietly genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$ca/ca.key.part"
  openssl_quietly req -x509 -new -key "$ca/ca.key.part" -sha256 -days "$ca_days" -subj "/CN=Lottery CA" \
    -addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,keyCertSign,cRLSign" \
    -out "$ca/ca.pem"
  mv "$ca/ca.key.part" "$ca/ca.key"
  echo "CA: made, valid until $(until_when "$ca/ca.pem")"
}

# The minimal files that 'openssl ca' needs to write a CRL.
prepare_crl() {
  cat >"$ca/openssl.cnf" <<END
[ca]
default_ca = lottery
[lottery]
database = $ca/index.txt
certificate = $ca/ca.pem
private_key = $ca/ca.key
default_md = sha256
default_crl_days = $crl_days
END
  touch "$ca/index.txt"
}

# A service that rereads the CRL at this moment must find a complete one.
write_crl() {
  openssl_quietly ca -config "$ca/openssl.cnf" -gencrl -out "$ca/revoked.pem.part"
  mv "$ca/revoked.pem.part" "$ca/revoked.pem"
  cp "$ca/revoked.pem" "$service/revoked.pem.part"
  give_to_service "$service/revoked.pem.part"
  mv "$service/revoked.pem.part" "$service/revoked.pem"
}

# issue FOLDER SUBJECT EXTENSION ...: makes a new key and certificate, which replace the old ones together.
issue() {
  local folder=$1 subject=$2
  shift 2
  openssl_quietly genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$folder/key.pem.part"
  openssl_quietly req -new -key "$folder/key.pem.part" -subj "/CN=$subject" -out "$folder/request.part"
  printf '%s\n' "basicConstraints=critical,CA:FALSE" "keyUsage=critical,digitalSignature" "$@" >"$folder/extensions.part"
  openssl_quietly x509 -req -in "$folder/request.part" -CA "$ca/ca.pem" -CAkey "$ca/ca.key" -sha256 \
    -set_serial "0x$(openssl rand -hex 15)" -days "$certificate_days" -extfile "$folder/extensions.part" \
    -out "$folder/certificate.pem.part"
  rm -f -- "$folder/request.part" "$folder/extensions.part"
  mv "$folder/key.pem.part" "$folder/key.pem"
  mv "$folder/certificate.pem.part" "$folder/certificate.pem"
}

# is_revoked FILE: true if the CRL's database contains the certificate.
is_revoked() {
  local serial
  serial=$(openssl x509 -in "$1" -noout -serial | sed 's/^serial=//')
  awk -F '\t' -v serial="$serial" '$1 == "R" && $4 == serial { found = 1 } END { exit !found }' "$ca/index.txt"
}

make_service_certificate() {
  local hosts="DNS:localhost,DNS:server,IP:127.0.0.1,IP:0:0:0:0:0:0:0:1" host
  host=$(uname -n)
  if [[ $host =~ ^[A-Za-z0-9]([A-Za-z0-9.-]{0,200}[A-Za-z0-9])?$ ]]; then hosts+=",DNS:$host"; fi
  cp "$ca/ca.pem" "$service/ca.pem"
  if is_kept "$service/certificate.pem" && [ -e "$service/key.pem" ]; then
    echo "service: kept, valid until $(until_when "$service/certificate.pem")"
  else
    # The service asks itself in its health check; this certificate speaks for no agency.
    issue "$service" "lottery service" "subjectAltName=$hosts" "extendedKeyUsage=serverAuth,clientAuth"
    echo "service: made for $hosts, valid until $(until_when "$service/certificate.pem")"
  fi
}

make_agency_certificate() {
  local id=$1 folder=$certificates_folder/agency-$1
  make_certificate_folder "$folder"
  cp "$ca/ca.pem" "$folder/ca.pem"
  if [ -e "$folder/certificate.pem" ] && is_revoked "$folder/certificate.pem"; then
    echo "agency $id: revoked. For a new certificate, remove $folder and run 'make certificates' again."
  elif is_kept "$folder/certificate.pem" && [ -e "$folder/key.pem" ]; then
    echo "agency $id: kept, valid until $(until_when "$folder/certificate.pem")"
  else
    issue "$folder" "agency $id" "subjectAltName=URI:urn:lottery:agency:$id" "extendedKeyUsage=clientAuth"
    echo "agency $id: made, valid until $(until_when "$folder/certificate.pem")"
  fi
}

revoke_agency() {
  local id=$1 certificate=$certificates_folder/agency-$1/certificate.pem
  if [ ! -e "$certificate" ]; then die "REVOKE: there is no certificate $certificate"; fi
  if is_revoked "$certificate"; then
    echo "agency $id: was revoked already"
  else
    openssl_quietly ca -config "$ca/openssl.cnf" -revoke "$certificate"
    echo "agency $id: revoked"
  fi
}

# The service rereads its files at SIGHUP, and logs the result.
tell_service() {
  local pid
  find_services
  if [ ${#service_pids[@]} -ne 0 ]; then
    for pid in "${service_pids[@]}"; do
      if kill -HUP "$pid" 2>/dev/null; then
        echo "The running service (process $pid) rereads its certificates; its log says whether it could."
      else
        die "The running service (process $pid) belongs to $(owner_of "/proc/$pid"), so this user can't make it reread its certificates: send it SIGHUP."
      fi
    done
  elif [ -n "$(engine_version)" ] && live_containers | grep --quiet --line-regexp server; then
    docker kill --signal HUP server >/dev/null
    echo "The running service (container server) rereads its certificates; its log says whether it could."
  fi
}

revoke=${REVOKE:-}
if [ -n "$revoke" ] && ! [[ $revoke =~ ^(0|[1-9][0-9]{0,9})$ ]]; then
  die "REVOKE: '$revoke' is not the id of an agency"
fi
set_agency_ids
scripts/install_packages.sh certificates
refuse_files_of_others
make_run_folders "$log_folder"
make_certificate_folder "$certificates_folder" 0711
exec {certificates_lock}>>"$certificates_folder/lock"
flock "$certificates_lock"
make_certificate_folder "$ca"
make_certificate_folder "$service"

if [ -n "$revoke" ]; then
  if [ ! -e "$ca/ca.key" ]; then die "REVOKE: there is no CA in $ca"; fi
  prepare_crl
  revoke_agency "$revoke"
else
  make_ca
  prepare_crl
  make_service_certificate
  for id in "${ids[@]}"; do make_agency_certificate "$id"; done
fi
write_crl
give_to_service "$service" "$service"/*.pem
echo "revoked certificates: $(grep --count '^R' "$ca/index.txt" || true), in a list that is valid for $crl_days days: run 'make certificates' again before it ends"
if [ -z "${UP:-}" ]; then tell_service; fi
