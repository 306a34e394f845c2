#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "network/stream.h"
#include "network/tls/tls_client.h"

namespace lottery::benchmark {

/// Peers that have shaken hands with the service over TLS, several at a time, and stay connected.
class TlsPeers {
 public:
  /// Throws std::exception if one of them is not accepted.
  TlsPeers(std::uint16_t port, const TlsFiles& files, int count);

  /// From the first connection to the last handshake.
  double seconds() const noexcept { return seconds_; }

  /// Each sends `message`, and has its answer when this returns.
  void send(std::string_view message);

 private:
  TlsClient tls_;
  std::vector<std::unique_ptr<Stream>> streams_;
  double seconds_ = 0;
};

}  // namespace lottery::benchmark
