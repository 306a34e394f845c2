#pragma once

#include <chrono>
#include <cstddef>

namespace lottery {

/// Limits on what one peer, and all peers together, may use.
struct ServerLimits {
  int backlog = 64;                       ///< connections that wait for accept
  int connections_max = 1024;             ///< served at once; further ones are told so, and closed
  int connections_per_address_max = 768;  ///< of one AddressGroup
  std::chrono::seconds idle_timeout{60};  ///< for silence, for one message, or for its answer
  std::chrono::seconds handshake_timeout{10};  ///< for the whole TLS handshake
  std::size_t message_bytes_max = 65536;       ///< including CR LF
  /// How long the answer to AWAIT_WINNERS is held. The protocol says 20 seconds.
  std::chrono::milliseconds await_winners_max{20'000};
};

}  // namespace lottery
