#!/usr/bin/env bash
# `make certificates` and `make up TLS=1`: the whole draw over mutual TLS, as processes of this machine.
#
# No arguments. BUILD in the environment: where the programs were built.
set -euo pipefail
export LC_ALL=C
unset CDPATH
cd -- "$(dirname -- "$0")/../.."
. tests/scripts/checks.sh
. tests/scripts/tree.sh

certificates=$tree/run/certificates
# The port that make reserves is that of TLS here; the plaintext one must not be the same.
tls_port=$SERVICE_PORT
reserve_port

for agency in 1 2; do
  write_bets "$tree/bets/agency-$agency.csv" "Ana,Paz,$agency,1999-03-17,7574" "Luz,Paz,$agency,1999-03-17,1"
done

up_over_tls() { in_tree make up MODE=local TLS=1 SERVICE_TLS_PORT="$tls_port" AGENCIES=1,2 DATA=bets "$@"; }

# The table, without what `make certificates` has said before it.
only_the_table() { sed --quiet '/^ agency /,$p' "$work/up.out" >"$work/table"; }

# as_agency N ARGUMENT ...: asks the service with the certificate of agency N.
as_agency() {
  local folder=$certificates/agency-$1
  shift
  (cd -- "$tree" && build/bin/agency_client "$@" --service.address="127.0.0.1:$tls_port" --service.tls=true \
    --service.tls.ca="$folder/ca.pem" --agency.certificate="$folder/certificate.pem" --agency.key="$folder/key.pem")
}

makes_certificates() {
  local id
  in_tree make certificates AGENCIES=3,5 >"$work/out"
  for id in 3 5; do
    openssl verify -CAfile "$certificates/ca/ca.pem" -CRLfile "$certificates/ca/revoked.pem" -crl_check \
      -purpose sslclient "$certificates/agency-$id/certificate.pem"
    expect "who agency $id is" "$(openssl x509 -in "$certificates/agency-$id/certificate.pem" -noout -ext subjectAltName |
      tail -n 1 | tr -d ' ')" "URI:urn:lottery:agency:$id"
    expect_text "$work/out" "agency $id: made, valid until "
  done
  openssl verify -CAfile "$certificates/ca/ca.pem" -purpose sslserver -verify_ip 127.0.0.1 -verify_hostname localhost \
    "$certificates/service/certificate.pem"
  expect "keys that others can read" "$(find "$certificates" \( -name '*key*' -a ! -perm 0600 \) -o -perm /0077 ! -path "$certificates")" ""
  expect "leftovers" "$(find "$certificates" -name '*.part')" ""
  openssl x509 -in "$certificates/agency-3/certificate.pem" -noout -text | grep 'ASN1 OID: prime256v1'
}

keys_and_certificates() {
  find "$certificates" -type f \( -name '*.pem' -o -name '*.key' \) ! -name 'revoked*' -exec sha256sum {} + | sort
}

keeps_what_is_valid() {
  local before
  before=$(keys_and_certificates)
  in_tree make certificates AGENCIES=3,5 >"$work/out"
  expect "what there is" "$(keys_and_certificates)" "$before"
  expect_text "$work/out" "agency 5: kept, valid until "
}

refuses_what_is_no_agency() {
  local id
  for id in 07 x 1,2 ''\''; touch pwned; '; do
    expect_failure in_tree make certificates REVOKE="$id" >"$work/out" 2>&1
    expect_text "$work/out" "is not the id of an agency"
  done
  expect_failure in_tree make certificates REVOKE=99 >"$work/out" 2>&1
  expect_text "$work/out" "REVOKE: there is no certificate run/certificates/agency-99/certificate.pem"
}

writes_no_key_through_a_link() {
  mkdir "$work/elsewhere"
  ln -s "$work/elsewhere" "$certificates/agency-8"
  expect_failure in_tree make certificates AGENCIES=8, >"$work/out" 2>&1
  expect_text "$work/out" "run/certificates/agency-8 is a link"
  expect "what is elsewhere" "$(ls "$work/elsewhere")" ""
  rm "$certificates/agency-8"
}

draws_over_tls() {
  up_over_tls | tee "$work/up.out"
  only_the_table
  expect "the winners" "$(table_column 3 "$work/table")" "1 1"
  expect_text "$work/up.out" "Authenticated over TLS:  2 of 2 agencies, by certificates of the CA in run/certificates/ca"
  expect "certificates in the database" "$(in_tree sqlite3 -readonly var/bets.db \
    "SELECT count(DISTINCT sent_by), count(DISTINCT closed_by) FROM draw_progress")" "2|2"
  expect "the certificate of agency 1" "$(in_tree sqlite3 -readonly var/bets.db \
    "SELECT closed_by FROM draw_progress WHERE agency_id = 1")" \
    "$(openssl x509 -in "$certificates/agency-1/certificate.pem" -outform DER | sha256sum | cut -d ' ' -f 1)"
  expect_failure in_tree build/bin/agency_client ping --service.address="127.0.0.1:$SERVICE_PORT" \
    --service.reach_timeout_seconds=1 >"$work/ping" 2>&1
}

speaks_for_one_agency() {
  as_agency 1 ping --agency.id=1
  expect_failure as_agency 1 bet --agency.id=2 --first-name=Ana --last-name=Paz --document=9 \
    --birthdate=1999-03-17 --number=1 >"$work/bet" 2>&1
  expect_text "$work/bet" "this certificate speaks for agency 1, not for 2"
  expect "bets of a stranger" "$(in_tree sqlite3 -readonly var/bets.db "SELECT count(*) FROM bets WHERE document = '9'")" 0
}

revokes_a_certificate_of_a_running_service() {
  in_tree make certificates REVOKE=2 AGENCIES=1,2 | tee "$work/out"
  expect_text "$work/out" "agency 2: revoked"
  expect_text "$work/out" "rereads its certificates"
  until_true 20 grep --quiet 'action: reload_certificates | result: success' "$tree/run/log/service.log"
  as_agency 1 ping --agency.id=1
  expect_failure as_agency 2 ping --agency.id=2 >"$work/ping" 2>&1
  expect_text "$work/ping" "the service has refused this client's certificate: it is revoked"
  in_tree make certificates REVOKE=2 AGENCIES=1,2 >"$work/out"
  expect_text "$work/out" "agency 2: was revoked already"
  # The first agency is asked first whether the service is up, and has no valid certificate here.
  expect_failure up_over_tls AGAIN=1 AGENCIES=2, >"$work/up.out" 2>&1
  # Agency 1 is done now, and waits for agency 2.
  expect_failure up_over_tls AGAIN=1 >"$work/up.out" 2>&1
  rm -r "$certificates/agency-2"
  up_over_tls AGAIN=1 | tee "$work/up.out"
  only_the_table
  expect "the winners" "$(table_column 3 "$work/table")" "1 1"
}

takes_plaintext_too_if_asked() {
  up_over_tls PLAINTEXT=1 AGAIN=1 | tee "$work/up.out"
  expect_text "$work/up.out" "; on port $SERVICE_PORT without"
  in_tree build/bin/agency_client ping --service.address="127.0.0.1:$SERVICE_PORT"
  in_tree make up MODE=local AGENCIES=1,2 DATA=bets AGAIN=1
  in_tree make down
  expect_failure in_tree make up MODE=local PLAINTEXT=1 AGENCIES=1,2 DATA=bets >"$work/out" 2>&1
  expect_text "$work/out" "PLAINTEXT=1 has an effect only with TLS=1"
}

check "certificates are made, and only their owner can read the keys" makes_certificates
check "certificates that stay valid are kept" keeps_what_is_valid
check "what is no agency, or has no certificate, is not revoked" refuses_what_is_no_agency
check "no key is written through a link" writes_no_key_through_a_link
check "the whole draw goes over TLS, without a plaintext port" draws_over_tls
check "a certificate speaks for its own agency" speaks_for_one_agency
check "a revoked certificate is refused by the service that runs" revokes_a_certificate_of_a_running_service
check "PLAINTEXT=1 leaves the plaintext port open, and plaintext works afterwards" takes_plaintext_too_if_asked
report
