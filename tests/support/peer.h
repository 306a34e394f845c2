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

/// A peer of the service that sends whatever bytes a test wants, on 127.0.0.1. Its waits end after
/// 20 seconds, with an exception.
class Peer {
 public:
  explicit Peer(std::uint16_t port);

  /// Speaks TLS, and has shaken hands. Throws HandshakeFailed. `tls` must outlive this.
  Peer(std::uint16_t port, const TlsClient& tls, const std::string& host = "127.0.0.1");

  void send(std::string_view bytes);

  /// Sends `bytes` again and again, until nothing has moved for a second. Returns how many bytes
  /// were sent, without those of the last time.
  std::size_t send_until_nothing_moves(std::string_view bytes);

  /// Ends this side; the service may still answer.
  void end_sending();

  /// Has the end of this object reset the connection.
  void reset_at_end();

  /// True once the service has sent something that was not received yet; false after `wait`.
  bool has_sent(std::chrono::milliseconds wait);

  /// What comes up to `end` and with it.
  std::string receive_until(std::string_view end = "\r\n");

  /// Everything that comes until the service closes.
  std::string receive_all();

  /// send(), then receive_until().
  std::string ask(std::string_view message, std::string_view end = "\r\n");

 private:
  bool receive_more();

  Poco::Net::StreamSocket socket_;
  std::unique_ptr<Stream> stream_;
  std::string received_;
};

}  // namespace lottery::test
