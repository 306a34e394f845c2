#pragma once

#include <functional>
#include <optional>
#include <string>

#include "service/status/background_question.h"

namespace lottery {

/// Whether the service can store a bet now. It is looked up when somebody asks, at most once a
/// second, on a thread of its own: a database that does not answer delays no caller for long.
/// Any thread may ask.
class Readiness {
 public:
  /// `check` says why a bet could not be stored now, or nothing if one could; it may take long, and
  /// must not throw.
  explicit Readiness(std::function<std::optional<std::string>()> check);

  /// Why the service is not ready, in one line; nothing if it is. The answer is at most a second
  /// old. Waits for it for 3 seconds at most, and then says that there is none.
  std::optional<std::string> why_not();

  /// The same from the last check, without waiting; or that there was none yet, or that one takes
  /// too long. If the last check is older than ten seconds, a new one begins.
  std::optional<std::string> why_not_lately();

  /// From now on the service is not ready, and every waiting thread returns.
  void end() { check_.end(); }

 private:
  BackgroundQuestion<std::optional<std::string>> check_;
};

}  // namespace lottery
