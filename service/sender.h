#pragma once

#include <optional>
#include <string>

namespace lottery {

/// The SHA-256 of a certificate (DER), in 64 lower-case hex digits.
struct CertificateSha256 {
  std::string hex;

  bool operator==(const CertificateSha256&) const = default;
};

/// The sender of a message: the peer's certificate, or nothing if the peer presented none.
using Sender = std::optional<CertificateSha256>;

}  // namespace lottery
