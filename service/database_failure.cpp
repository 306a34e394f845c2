#include "service/database_failure.h"

#include "program/log.h"

namespace lottery {

void DatabaseFailure::report(const std::string& sentence) {
  log().critical(LogLine("database", "fail").field("error", sentence).text());
  {
    const std::lock_guard lock(mutex_);
    sentence_ = sentence;
  }
  reported_.happen();
}

std::optional<std::string> DatabaseFailure::sentence() {
  const std::lock_guard lock(mutex_);
  return sentence_;
}

}  // namespace lottery
