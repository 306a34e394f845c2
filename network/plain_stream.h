#pragma once

#include <Poco/Net/StreamSocket.h>

#include <string>

#include "network/interruption.h"
#include "network/stream.h"

namespace lottery {

/// A stream over plain TCP, without encryption.
class PlainStream final : public Stream {
 public:
  /// `socket` must be connected. `interruption` ends every wait except wait_for_event().
  explicit PlainStream(const Poco::Net::StreamSocket& socket, Interruption interruption = {});

  std::optional<PeerCertificate> begin(Deadline /*deadline*/) override { return {}; }
  std::size_t receive_some(std::span<char> into, Deadline deadline) override;
  std::optional<std::size_t> receive_now(std::span<char> into) noexcept override;
  void send_all(std::string_view bytes, Deadline deadline) override;
  EventWait wait_for_event(int event, Deadline deadline) override;
  void linger(Deadline deadline) override;
  void stop_receiving() noexcept override;
  void cut() noexcept override;
  const std::string& peer() const noexcept override { return peer_; }

 private:
  int descriptor() const noexcept { return socket_.impl()->sockfd(); }

  Poco::Net::StreamSocket socket_;
  Interruption interruption_;
  std::string peer_;
};

}  // namespace lottery
