#include "service/connections/repeated_failure.h"

#include "program/log.h"

namespace lottery {

RepeatedFailure::~RepeatedFailure() { log_count(); }

void RepeatedFailure::happened(const std::string& error, std::int64_t connections,
                               Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  const bool goes_on = times_ != 0 && error == error_ && now - last_at_ < quiet_between;
  last_at_ = now;
  if (goes_on) {
    ++times_;
    return;
  }
  log_count();
  error_ = error;
  times_ = 1;
  LogLine line("accept_connection", "fail");
  if (connections != 0) line.field("connections", connections);
  log().error(line.field("error", error).text());
}

void RepeatedFailure::log_count() const {
  if (times_ <= 1) return;
  log().error(
      LogLine("accept_connection", "fail").field("times", times_).field("error", error_).text());
}

}  // namespace lottery
