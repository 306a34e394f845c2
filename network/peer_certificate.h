#pragma once

#include <string>
#include <vector>

#include "protocol/agency_id.h"

namespace lottery {

/// What a peer's certificate says of it, once the certificate was accepted.
struct PeerCertificate {
  std::string subject;             ///< as RFC 2253 writes it: `CN=agency 7,O=Lottery`
  std::string serial;              ///< in upper-case hex digits
  std::string sha256;              ///< of the certificate (DER), in 64 lower-case hex digits
  std::vector<AgencyId> agencies;  ///< that the peer may speak for, in ascending order
};

}  // namespace lottery
