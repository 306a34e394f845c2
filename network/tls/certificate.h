#pragma once

#include <openssl/x509.h>

#include <chrono>
#include <string>

#include "network/peer_certificate.h"

/// Reads the contents of certificates.
namespace lottery {

/// The contents of `certificate`. Throws std::runtime_error if OpenSSL has no memory.
PeerCertificate describe(X509& certificate);

/// The agencies that the certificate names, in ascending order without duplicates: its subject
/// alternative names of the form `URI:urn:lottery:agency:7`. Names of any other form, for example
/// in upper case or with a leading zero, name no agency.
std::vector<AgencyId> agencies_of(X509& certificate);

/// The subject in the form of RFC 2253, for example `CN=agency 7,O=Lottery`.
std::string subject_of(X509& certificate);

/// A time in a certificate or a CRL, such as the beginning or the end of its validity.
std::chrono::system_clock::time_point time_of(const ASN1_TIME& time);

/// In the form `2026-11-26T10:00:00Z`.
std::string to_string(std::chrono::system_clock::time_point time);

}  // namespace lottery
