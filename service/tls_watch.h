#pragma once

#include <chrono>
#include <map>
#include <string>

#include "network/tls/tls_server.h"

namespace lottery {

/// Logs when the service's certificate and its lists of revoked certificates are reloaded, and
/// warns before they expire. One thread.
class TlsWatch {
 public:
  using Time = std::chrono::system_clock::time_point;

  /// `tls` must outlive this.
  explicit TlsWatch(TlsServer& tls) : tls_(tls) {}

  /// Reloads the files. Logs success, or which file can't be used and why.
  void reload();

  /// Logs each file that has expired or expires within seven days of `now`: once, and then once a
  /// day.
  void warn(Time now);

 private:
  TlsServer& tls_;
  std::map<std::string, Time> warned_at_;  // by file
};

}  // namespace lottery
