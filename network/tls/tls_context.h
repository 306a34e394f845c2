#pragma once

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "network/tls/openssl.h"

namespace lottery {

/// The PEM files of one side. An empty path means that the side does not have this file.
struct TlsFiles {
  std::filesystem::path certificate{};  ///< its own, followed by those of intermediate CAs
  std::filesystem::path key{};          ///< the certificate's private key
  std::filesystem::path trusted{};      ///< the CAs that issue the other side's certificates
  std::filesystem::path revoked{};      ///< their CRLs
};

/// A PEM file can't be used. what() names it and gives the reason.
class TlsFileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The end of a file's validity.
struct Expiry {
  std::filesystem::path file;
  std::chrono::system_clock::time_point at;
};

/// What the TLS connections of one side share: only TLS 1.3, the side's own certificate, and the CA
/// that it trusts. No tickets, resumption, early data or compression: a session that could be
/// resumed would outlive a revocation. Never changes. Any thread.
class TlsContext {
 public:
  /// For the accepting side: requires a certificate for client authentication from every peer.
  /// Throws TlsFileError.
  static TlsContext for_service(const TlsFiles& files);

  /// For the connecting side. Throws TlsFileError.
  static TlsContext for_client(const TlsFiles& files);

  SSL_CTX& context() const noexcept { return *context_; }

  /// The reason why a peer with this certificate would be refused now; empty if it would be
  /// accepted. `intermediates` may be null.
  std::optional<std::string> refusal(X509& certificate, STACK_OF(X509) * intermediates) const;

  /// The expiry of the own certificate and of the CRLs.
  const std::vector<Expiry>& expiries() const noexcept { return expiries_; }

 private:
  explicit TlsContext(const SSL_METHOD* method);

  void use_own_certificate(const TlsFiles& files);
  void trust(const std::filesystem::path& file);
  void refuse_revoked(const std::filesystem::path& file);

  OpenSsl<SSL_CTX> context_;
  std::vector<Expiry> expiries_;
};

/// OpenSSL's verification result in words, for example "it has expired".
std::string meaning_of_verification(int error);

}  // namespace lottery
