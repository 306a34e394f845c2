#include "tests/support/cutting_proxy.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace lottery::test {
namespace {

constexpr int look_for_end_every_ms = 20;

int unix_socket(const std::string& path, bool listens) {
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  const auto* const to = reinterpret_cast<const sockaddr*>(&address);
  const bool is_open = listens
                           ? ::bind(socket, to, sizeof(address)) == 0 && ::listen(socket, 16) == 0
                           : ::connect(socket, to, sizeof(address)) == 0;
  if (!is_open) throw std::runtime_error("no socket at " + path);
  return socket;
}

bool is_readable(int socket) {
  pollfd watched{.fd = socket, .events = POLLIN, .revents = 0};
  return ::poll(&watched, 1, 0) > 0;
}

}  // namespace

CuttingProxy::CuttingProxy(std::string server)
    : server_(std::move(server)),
      listening_(unix_socket((folder_ / ".s.PGSQL.5432").string(), true)),
      acceptor_([this] { accept(); }) {}

CuttingProxy::~CuttingProxy() {
  is_over_ = true;
  acceptor_.join();
  for (std::thread& connection : connections_) connection.join();
  ::close(listening_);
}

void CuttingProxy::accept() {
  while (!is_over_) {
    pollfd watched{.fd = listening_, .events = POLLIN, .revents = 0};
    if (::poll(&watched, 1, look_for_end_every_ms) <= 0) continue;
    const int client = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (is_closed_) {
      ::close(client);
    } else {
      connections_.emplace_back([this, client] { hand_on(client); });
    }
  }
}

void CuttingProxy::hand_on(int client) {
  const int server = unix_socket(server_, false);
  std::array<char, 65536> bytes{};
  bool is_cut = false;
  while (!is_over_) {
    std::array<pollfd, 2> both{pollfd{.fd = client, .events = POLLIN, .revents = 0},
                               pollfd{.fd = server, .events = POLLIN, .revents = 0}};
    ::poll(both.data(), both.size(), look_for_end_every_ms);
    const auto pass = [&](int from, int to) {
      const ssize_t count = ::recv(from, bytes.data(), bytes.size(), 0);
      if (count <= 0) return std::string_view();
      ::send(to, bytes.data(), static_cast<std::size_t>(count), MSG_NOSIGNAL);
      return std::string_view(bytes.data(), static_cast<std::size_t>(count));
    };
    if (both[0].revents != 0) {
      const std::string_view sent = pass(client, server);
      if (sent.empty()) break;
      // The name of the prepared statement in a Bind message.
      if (sent.find(std::string_view("\0commit\0", 8)) != std::string_view::npos &&
          cuts_.exchange(false)) {
        is_cut = true;
        break;
      }
    }
    if (both[1].revents != 0 && pass(server, client).empty()) break;
  }
  if (is_cut) {
    // The server's answer says that the COMMIT is done.
    while (!is_over_ && !is_readable(server)) ::usleep(1000);
    ++cut_;
  }
  ::close(client);
  ::close(server);
}

}  // namespace lottery::test
