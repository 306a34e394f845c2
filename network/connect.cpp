#include "network/connect.h"

#include <Poco/Exception.h>
#include <Poco/Net/StreamSocket.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "network/name_resolution.h"
#include "network/plain_stream.h"
#include "network/wait.h"

namespace lottery {
namespace {

using Clock = std::chrono::steady_clock;
using Poco::Net::SocketAddress;

// glibc asks a name server twice, for 5 seconds each, and there may be three of them.
constexpr std::chrono::seconds resolve_timeout{30};
constexpr std::chrono::seconds connect_timeout{10};

// With more addresses, each would have too little time.
constexpr std::size_t addresses_max = 16;

std::vector<SocketAddress> addresses_of(const std::string& host_and_port,
                                        Interruption interruption) {
  try {
    std::vector<SocketAddress> addresses =
        resolve(host_and_port, Clock::now() + resolve_timeout, interruption);
    addresses.resize(std::min(addresses.size(), addresses_max));
    return addresses;
  } catch (const TimedOut&) {
    throw std::runtime_error("its name was not resolved within " +
                             std::to_string(resolve_timeout.count()) + " s");
  }
}

Poco::Net::StreamSocket connect_to(const SocketAddress& address, Deadline deadline,
                                   Interruption interruption) {
  Poco::Net::StreamSocket socket;
  socket.connectNB(address);
  const int descriptor = socket.impl()->sockfd();
  wait_for(descriptor, POLLOUT, deadline, interruption);
  int error = 0;
  socklen_t length = sizeof error;
  ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) throw std::system_error(error, std::generic_category());
  socket.setNoDelay(true);
  return socket;
}

}  // namespace

std::unique_ptr<Stream> connect(const std::string& host_and_port, Interruption interruption) {
  const std::vector<SocketAddress> addresses = addresses_of(host_and_port, interruption);
  const Deadline deadline = Clock::now() + connect_timeout;
  std::string problems;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    std::string problem;
    try {
      const auto now = Clock::now();
      const auto part = (deadline - now) / static_cast<Clock::rep>(addresses.size() - i);
      return std::make_unique<PlainStream>(connect_to(addresses[i], now + part, interruption),
                                           interruption);
    } catch (const Poco::Exception& error) {
      problem = error.displayText();
    } catch (const std::exception& error) {
      problem = error.what();
    }
    if (!problems.empty()) problems += "; ";
    if (addresses.size() > 1) problems += addresses[i].toString() + ": ";
    problems += problem;
  }
  throw std::runtime_error(problems);
}

}  // namespace lottery
