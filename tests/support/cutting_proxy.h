#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace lottery::test {

/// Forwards connections to a PostgreSQL server, and can cut one at a COMMIT: after the server has
/// received the COMMIT, and before its answer reaches the client.
class CuttingProxy {
 public:
  /// `server` is the path of the server's socket.
  explicit CuttingProxy(std::string server);
  ~CuttingProxy();
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;

  /// The folder to use as the host in a connection string.
  std::string host() const { return folder_.path().string(); }

  /// Cuts the next connection that commits.
  void cut_at_commit() { cuts_ = true; }

  /// From now on no connection gets through.
  void close() { is_closed_ = true; }

  /// The number of connections cut.
  int cuts() const { return cut_; }

 private:
  void accept();
  void hand_on(int client);

  TemporaryFolder folder_;
  std::string server_;
  int listening_;
  std::atomic<bool> cuts_ = false;
  std::atomic<bool> is_closed_ = false;
  std::atomic<bool> is_over_ = false;
  std::atomic<int> cut_ = 0;
  std::vector<std::thread> connections_;
  std::thread acceptor_;  // last member: it uses all of the above
};

}  // namespace lottery::test
