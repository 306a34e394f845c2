#pragma once

#include <chrono>
#include <map>
#include <string>

#include "network/tls/tls_server.h"

namespace lottery {

/// Logs what an operator must know of the service's certificate and its lists of revoked
/// certificates: that they were read anew, and when they run out. One thread.
class TlsWatch {
 public:
  using Time = std::chrono::system_clock::time_point;

  /// `tls` must outlive this.
  explicit TlsWatch(TlsServer& tls) : tls_(tls) {}

  /// Reads the files anew, and logs that, or which of them can't be used and why.
  void reload();

  /// Logs, for each file, that it runs out within seven days of `now`, or has run out: once, and
  /// again every day.
  void warn(Time now);

 private:
  TlsServer& tls_;
  std::map<std::string, Time> warned_at_;  // by file
};

}  // namespace lottery
