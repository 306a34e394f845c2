#pragma once

#include <openssl/x509.h>

#include <chrono>
#include <string>

#include "network/peer_certificate.h"

/// What a certificate says.
namespace lottery {

/// Throws std::runtime_error if OpenSSL has no memory.
PeerCertificate describe(X509& certificate);

/// The agencies that the certificate names, in ascending order, each once: its subject alternative
/// names of the form `URI:urn:lottery:agency:7`. Names of another form, in upper case or with a
/// leading zero for example, name no agency.
std::vector<AgencyId> agencies_of(X509& certificate);

/// `CN=agency 7,O=Lottery`, as RFC 2253 writes it.
std::string subject_of(X509& certificate);

/// When the certificate ends to be valid; the same for a CRL's next update.
std::chrono::system_clock::time_point time_of(const ASN1_TIME& time);

/// `2026-11-26T10:00:00Z`.
std::string to_string(std::chrono::system_clock::time_point time);

}  // namespace lottery
