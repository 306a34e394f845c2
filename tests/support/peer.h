#pragma once

#include <Poco/Net/StreamSocket.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "network/stream.h"
#include "network/tls/tls_client.h"

namespace lottery::test {

/// A peer of the service on 127.0.0.1 that sends any bytes a test wants. Its waits throw an
/// exception after 20 seconds.
class Peer {
 public:
  explicit Peer(std::uint16_t port);

  /// Uses TLS, and has completed the handshake. Throws HandshakeFailed. `tls` must outlive this.
  Peer(std::uint16_t port, const TlsClient& tls, const std::string& host = "127.0.0.1");

  void send(std::string_view bytes);

  /// Sends `bytes` repeatedly until nothing has been accepted for a second. Returns the number of
  /// bytes sent, without an incomplete last repetition.
  std::size_t send_until_nothing_moves(std::string_view bytes);

  /// Ends this side. The service may still answer.
  void end_sending();

  /// Makes the destructor reset the connection.
  void reset_at_end();

  /// True when the service has sent something that has not been received yet; false after `wait`.
  bool has_sent(std::chrono::milliseconds wait);

  /// The received bytes up to and including `end`.
  std::string receive_until(std::string_view end = "\r\n");

  /// All bytes until the service closes.
  std::string receive_all();

  /// Calls send(), then receive_until().
  std::string ask(std::string_view message, std::string_view end = "\r\n");

 private:
  bool receive_more();

  Poco::Net::StreamSocket socket_;
  std::unique_ptr<Stream> stream_;
  std::string received_;
};

}  // namespace lottery::test
