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

/// The PEM files of one side. Empty paths are files that it does not have.
struct TlsFiles {
  std::filesystem::path certificate{};  ///< its own, with those of intermediate CAs behind it
  std::filesystem::path key{};          ///< the certificate's private key
  std::filesystem::path trusted{};      ///< the CAs that issue the other side's certificates
  std::filesystem::path revoked{};      ///< their CRLs
};

/// A PEM file can't be used. what() names it, and says why.
class TlsFileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// When a file's content ends to be valid.
struct Expiry {
  std::filesystem::path file;
  std::chrono::system_clock::time_point at;
};

/// What the TLS connections of one side have in common: TLS 1.3 alone, the side's own certificate,
/// and which CA it trusts. No tickets, no resumption, no early data and no compression: a session
/// that could be resumed would outlive a revocation. Never changes. Any thread.
class TlsContext {
 public:
  /// For the side that accepts connections: it requires a certificate for client authentication
  /// from every peer. Throws TlsFileError.
  static TlsContext for_service(const TlsFiles& files);

  /// For the side that connects. Throws TlsFileError.
  static TlsContext for_client(const TlsFiles& files);

  SSL_CTX& context() const noexcept { return *context_; }

  /// Why a peer with this certificate would be refused now; nothing if it would be accepted.
  /// `intermediates` may be null.
  std::optional<std::string> refusal(X509& certificate, STACK_OF(X509) * intermediates) const;

  /// Of the own certificate and the CRLs.
  const std::vector<Expiry>& expiries() const noexcept { return expiries_; }

 private:
  explicit TlsContext(const SSL_METHOD* method);

  void use_own_certificate(const TlsFiles& files);
  void trust(const std::filesystem::path& file);
  void refuse_revoked(const std::filesystem::path& file);

  OpenSsl<SSL_CTX> context_;
  std::vector<Expiry> expiries_;
};

/// What OpenSSL's result of a verification means, in words: "it has expired".
std::string meaning_of_verification(int error);

}  // namespace lottery
