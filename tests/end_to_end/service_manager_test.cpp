#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>

#include "tests/support/peer.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/unused_port.h"

namespace lottery::test {
namespace {

/// Stands in for systemd: a socket that receives the service's messages.
class Manager {
 public:
  explicit Manager(const std::filesystem::path& path)
      : path_(path.string()), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    std::strncpy(address.sun_path, path_.c_str(), sizeof(address.sun_path) - 1);
    const timeval patience{.tv_sec = 20, .tv_usec = 0};
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) != 0) {
      throw std::runtime_error("no socket at " + path_);
    }
  }
  ~Manager() { ::close(socket_); }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  /// The next message, or nothing after 20 seconds.
  std::string next() const {
    std::array<char, 1000> message{};
    const ssize_t bytes = ::recv(socket_, message.data(), message.size(), 0);
    return bytes < 0 ? std::string() : std::string(message.data(), static_cast<std::size_t>(bytes));
  }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
  int socket_;
};

/// The next message that is not only a sign of life.
std::string next_of_state(const Manager& manager) {
  std::string message = manager.next();
  while (message == "WATCHDOG=1") message = manager.next();
  return message;
}

TEST(ServiceManager, IsToldThatTheServiceIsReadyAndStopping) {
  const TemporaryFolder folder;
  const Manager manager(folder / "notify");
  const UnusedPort port;
  ServiceProcess service(folder.path(), {"--service.port=" + std::to_string(port.number())},
                         {{"NOTIFY_SOCKET", manager.path()}});
  EXPECT_EQ(manager.next(), "READY=1");
  EXPECT_EQ(Peer(port.number()).ask("1:6\r\n"), "server:2\r\n");
  service.signal(SIGHUP);
  EXPECT_TRUE(next_of_state(manager).starts_with("RELOADING=1\nMONOTONIC_USEC="));
  EXPECT_EQ(next_of_state(manager), "READY=1");
  service.signal(SIGTERM);
  EXPECT_EQ(next_of_state(manager), "STOPPING=1");
  EXPECT_EQ(service.wait(), 0);
}

TEST(ServiceManager, IsToldThatTheServiceIsAliveAsOftenAsItAsks) {
  const TemporaryFolder folder;
  const Manager manager(folder / "notify");
  ServiceProcess service(folder.path(), {},
                         {{"NOTIFY_SOCKET", manager.path()}, {"WATCHDOG_USEC", "200000"}});
  EXPECT_EQ(manager.next(), "READY=1");
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(manager.next(), "WATCHDOG=1");
  EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(400));
  EXPECT_EQ(service.stop(), 0);
}

}  // namespace
}  // namespace lottery::test
