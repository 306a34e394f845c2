#pragma once

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>

#include <cstdint>

namespace lottery::test {

/// A port of 127.0.0.1 on which nobody listens. It is bound here, so no other program gets it while
/// this object exists. A program that binds it with SO_REUSEADDR, as the service does, can listen
/// on it.
class UnusedPort {
 public:
  UnusedPort() {
    const bool reuse_address = true;
    const bool reuse_port = false;
    socket_.bind(Poco::Net::SocketAddress("127.0.0.1", 0), reuse_address, reuse_port);
  }

  std::uint16_t number() const { return socket_.address().port(); }

 private:
  Poco::Net::ServerSocket socket_;
};

}  // namespace lottery::test
