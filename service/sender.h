#pragma once

#include <optional>
#include <string>

namespace lottery {

/// The SHA-256 of a certificate (DER), in 64 lower-case hex digits.
struct CertificateSha256 {
  std::string hex;

  bool operator==(const CertificateSha256&) const = default;
};

/// Who has sent a message: the peer with this certificate. Nothing if the peer has shown none.
using Sender = std::optional<CertificateSha256>;

}  // namespace lottery
