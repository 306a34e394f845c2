#pragma once

#include <Poco/Net/StreamSocket.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace lottery::test {

/// A peer of the service that sends whatever bytes a test wants, on 127.0.0.1. Its waits end after
/// 20 seconds, with an exception.
class Peer {
 public:
  explicit Peer(std::uint16_t port);

  void send(std::string_view bytes);

  /// Ends this side; the service may still answer.
  void end_sending();

  /// What comes up to `end` and with it.
  std::string receive_until(std::string_view end = "\r\n");

  /// Everything that comes until the service closes.
  std::string receive_all();

  /// send(), then receive_until().
  std::string ask(std::string_view message, std::string_view end = "\r\n");

  Poco::Net::StreamSocket& socket() { return socket_; }

 private:
  bool receive_more();

  Poco::Net::StreamSocket socket_;
  std::string received_;
};

}  // namespace lottery::test
