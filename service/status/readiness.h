#pragma once

#include <functional>
#include <optional>
#include <string>

#include "service/status/background_question.h"

namespace lottery {

/// Tells whether the service can store a bet now. Checks only when asked, at most once a second, on
/// its own thread, so that a database that does not answer delays no caller for long. Any thread
/// may ask.
class Readiness {
 public:
  /// `check` returns why a bet could not be stored now, or nothing if one could. It may take long,
  /// and must not throw.
  explicit Readiness(std::function<std::optional<std::string>()> check);

  /// Returns in one line why the service is not ready, or nothing if it is ready. The answer is at
  /// most one second old. Waits at most 3 seconds for it; after that, returns that there is no
  /// answer.
  std::optional<std::string> why_not();

  /// Returns the result of the last check, without waiting; or that there was no check yet, or that
  /// one is taking too long. If the last check is older than ten seconds, starts a new one.
  std::optional<std::string> why_not_lately();

  /// From now on the service is not ready. All waiting threads return.
  void end() { check_.end(); }

 private:
  BackgroundQuestion<std::optional<std::string>> check_;
};

}  // namespace lottery
