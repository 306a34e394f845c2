#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "network/event.h"

namespace lottery {

/// Tells the main thread that the database has failed, with a sentence that says how. Any thread
/// may call.
class DatabaseFailure {
 public:
  /// Logs the failure and wakes the main thread.
  void report(const std::string& sentence);

  /// Becomes readable when a failure is reported, and stays readable.
  int descriptor() const noexcept { return reported_.descriptor(); }

  /// The sentence of the last reported failure; nothing if there was none.
  std::optional<std::string> sentence();

 private:
  Event reported_;
  std::mutex mutex_;
  std::optional<std::string> sentence_;
};

}  // namespace lottery
