#pragma once

#include <functional>
#include <optional>
#include <string>

#include "service/status/background_question.h"

namespace lottery {

/// Whether the service can store a bet now. This is checked on request, at most once a second, on a
/// thread of its own, so that a database that does not answer delays no caller for long. Any thread
/// may ask.
class Readiness {
 public:
  /// `check` returns the reason why a bet could not be stored now, or nothing. It may take long,
  /// and must not throw.
  explicit Readiness(std::function<std::optional<std::string>()> check);

  /// The reason why the service is not ready, in one line; empty if it is ready. The answer is at
  /// most a second old. Waits for it for at most 3 seconds, and then says that there is none.
  std::optional<std::string> why_not();

  /// The result of the last check, without waiting; or that there was none yet, or that a check
  /// takes too long. If the last check is older than ten seconds, a new one begins.
  std::optional<std::string> why_not_lately();

  /// From now on the service is not ready, and all waiting threads return.
  void end() { check_.end(); }

 private:
  BackgroundQuestion<std::optional<std::string>> check_;
};

}  // namespace lottery
