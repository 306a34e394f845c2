#include "network/connect.h"

#include <Poco/Net/StreamSocket.h>
#include <sys/socket.h>

#include <chrono>
#include <stdexcept>
#include <system_error>

#include "network/name_resolution.h"
#include "network/plain_stream.h"
#include "network/wait.h"

namespace lottery {
namespace {

using Clock = std::chrono::steady_clock;

// glibc asks a name server that does not answer twice, for 5 seconds each, and may have three.
constexpr std::chrono::seconds resolve_timeout{30};
constexpr std::chrono::seconds connect_timeout{10};

Poco::Net::SocketAddress address_of(const std::string& host_and_port, Interruption interruption) {
  try {
    return resolve(host_and_port, Clock::now() + resolve_timeout, interruption);
  } catch (const TimedOut&) {
    throw std::runtime_error("its name was not resolved within " +
                             std::to_string(resolve_timeout.count()) + " s");
  }
}

}  // namespace

std::unique_ptr<Stream> connect(const std::string& host_and_port, Interruption interruption) {
  const Poco::Net::SocketAddress address = address_of(host_and_port, interruption);
  Poco::Net::StreamSocket socket;
  socket.connectNB(address);
  const int descriptor = socket.impl()->sockfd();
  wait_for(descriptor, POLLOUT, Clock::now() + connect_timeout, interruption);
  int error = 0;
  socklen_t length = sizeof error;
  ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) throw std::system_error(error, std::generic_category());
  socket.setNoDelay(true);
  return std::make_unique<PlainStream>(socket, interruption);
}

}  // namespace lottery
