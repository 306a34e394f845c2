#pragma once

#include <string>
#include <vector>

#include "protocol/agency_id.h"

namespace lottery {

/// The contents of a peer's certificate that has been accepted.
struct PeerCertificate {
  std::string subject;             ///< in the form of RFC 2253: `CN=agency 7,O=Lottery`
  std::string serial;              ///< upper-case hex digits
  std::string sha256;              ///< of the certificate (DER), in 64 lower-case hex digits
  std::vector<AgencyId> agencies;  ///< agencies that the peer may speak for, in ascending order
};

}  // namespace lottery
