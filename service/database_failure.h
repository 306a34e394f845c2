#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "network/event.h"

namespace lottery {

/// Tells the main thread that the database has failed, and with which sentence. Any thread.
class DatabaseFailure {
 public:
  /// Logs the failure and wakes the main thread.
  void report(const std::string& sentence);

  /// Readable once a failure was reported, and from then on.
  int descriptor() const noexcept { return reported_.descriptor(); }

  /// The last one that was reported.
  std::optional<std::string> sentence();

 private:
  Event reported_;
  std::mutex mutex_;
  std::optional<std::string> sentence_;
};

}  // namespace lottery
