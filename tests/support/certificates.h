#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "network/tls/openssl.h"
#include "network/tls/tls_context.h"

namespace lottery::test {

/// The contents of a certificate.
struct CertificateTerms {
  std::string common_name;
  std::string names;    ///< subjectAltName in OpenSSL's form: `URI:urn:lottery:agency:7`
  std::string purpose;  ///< clientAuth, serverAuth, or empty: any
  std::chrono::seconds begins{-60};  ///< from now
  std::chrono::seconds ends{3600};   ///< from now
};

/// A certificate and its key, in files.
struct CertificateFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

/// A CA for a test, with its files in a folder of the test. ECDSA P-256.
class CertificateAuthority {
 public:
  CertificateAuthority(std::filesystem::path folder, const std::string& name);

  /// Writes NAME.pem and NAME.key into the folder.
  CertificateFiles issue(const std::string& name, const CertificateTerms& terms);

  /// The same, self-signed.
  CertificateFiles self_signed(const std::string& name, const CertificateTerms& terms);

  CertificateFiles issue_to_service(const std::string& name = "service");

  /// For one or more agencies, with the purpose of a client.
  CertificateFiles issue_to_agencies(const std::string& name, const std::vector<int>& agencies);

  /// The CA's own certificate.
  const std::filesystem::path& certificate() const noexcept { return certificate_; }

  /// Writes a CRL with the certificates in these files. Returns its path.
  std::filesystem::path revoke(const std::vector<CertificateFiles>& revoked,
                               std::chrono::seconds next_update = std::chrono::hours(1));

  /// The files of a service of this CA, which also issues the agencies' certificates.
  TlsFiles service_files();

 private:
  std::filesystem::path folder_;
  std::string name_;
  std::filesystem::path certificate_;
  OpenSsl<EVP_PKEY> key_;
  OpenSsl<X509> own_;
  long serial_ = 1;
};

}  // namespace lottery::test
