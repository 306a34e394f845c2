#include "service/status/readiness.h"

#include <utility>

namespace lottery {
namespace {

constexpr std::chrono::seconds holds_for{1};
constexpr std::chrono::seconds holds_lately_for{10};
constexpr std::chrono::seconds wait_max{3};

std::string not_answered() {
  return "the database has not answered for " + std::to_string(wait_max.count()) + " seconds";
}

constexpr const char* stopping = "the service is stopping";

}  // namespace

Readiness::Readiness(std::function<std::optional<std::string>()> check)
    : check_(std::move(check)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

Readiness::~Readiness() { end(); }

std::optional<std::string> Readiness::why_not() {
  std::unique_lock lock(mutex_);
  const auto asked_at = Clock::now();
  const auto is_fresh = [&] { return checked_at_ && *checked_at_ > asked_at - holds_for; };
  if (!is_fresh()) {
    is_wanted_ = true;
    wake_.notify_one();
    if (!checked_.wait_for(lock, wait_max, [&] { return is_over_ || is_fresh(); })) {
      return not_answered();
    }
  }
  if (is_over_) return stopping;
  return reason_;
}

std::optional<std::string> Readiness::why_not_lately() {
  const std::lock_guard lock(mutex_);
  if (is_over_) return stopping;
  if (!checked_at_ || *checked_at_ < Clock::now() - holds_lately_for) {
    is_wanted_ = true;
    wake_.notify_one();
  }
  if (checking_since_ && *checking_since_ < Clock::now() - wait_max) return not_answered();
  return reason_;
}

void Readiness::end() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  checked_.notify_all();
  thread_.request_stop();
}

void Readiness::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (wake_.wait(lock, stop, [this] { return is_wanted_; })) {
    if (stop.stop_requested()) return;
    is_wanted_ = false;
    const auto began_at = Clock::now();
    if (checked_at_ && *checked_at_ > began_at - holds_for) {
      checked_.notify_all();
      continue;  // it was asked for while the last one was under way
    }
    checking_since_ = began_at;
    lock.unlock();
    auto reason = check_();
    lock.lock();
    checking_since_.reset();
    reason_ = std::move(reason);
    checked_at_ = began_at;
    checked_.notify_all();
  }
}

}  // namespace lottery
