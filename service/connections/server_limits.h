#pragma once

#include <chrono>
#include <cstddef>

namespace lottery {

/// What one peer, and all of them together, may take of the service.
struct ServerLimits {
  int backlog = 64;                            ///< connections that wait to be accepted
  int connections_max = 1024;                  ///< served at once; one more is told so, and closed
  int connections_per_address_max = 768;       ///< those of one AddressGroup
  std::chrono::seconds idle_timeout{60};       ///< for silence, and for one message or its answer
  std::chrono::seconds handshake_timeout{10};  ///< for the whole handshake of TLS
  std::size_t message_bytes_max = 65536;       ///< with its CR LF
  /// How long the answer to AWAIT_WINNERS is held. The protocol says 20 seconds.
  std::chrono::milliseconds await_winners_max{20'000};
};

}  // namespace lottery
