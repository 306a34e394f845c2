#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace lottery::test {

/// Hands connections on to a PostgreSQL server, and cuts one when its client commits: after the
/// server has the COMMIT, and before its answer comes back.
class CuttingProxy {
 public:
  /// `server` is the path of the server's socket.
  explicit CuttingProxy(std::string server);
  ~CuttingProxy();
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;

  /// The folder to name as the host.
  std::string host() const { return folder_.path().string(); }

  /// Cuts the next connection that commits.
  void cut_at_commit() { cuts_ = true; }

  /// From now on no connection gets through.
  void close() { is_closed_ = true; }

  /// How many connections were cut.
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
  std::thread acceptor_;  // last: it uses all of the above
};

}  // namespace lottery::test
