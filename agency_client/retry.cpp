#include "agency_client/retry.h"

#include <algorithm>
#include <random>

#include "network/wait.h"
#include "program/log.h"

namespace lottery {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds first_pause{100};
constexpr milliseconds longest_pause{5000};

/// Half to all of `pause`, so that agencies which lost the service together do not return together.
milliseconds jittered(milliseconds pause) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return milliseconds(
      std::uniform_int_distribution<milliseconds::rep>(pause.count() / 2, pause.count())(random));
}

}  // namespace

Retry::Retry(std::chrono::seconds give_up_after, Interruption stop)
    : give_up_after_(give_up_after), stop_(stop) {
  went_well();
}

void Retry::went_well() {
  pause_ = first_pause;
  patience_ = give_up_after_;
  failing_since_.reset();
}

void Retry::answered() {
  if (failing_since_) failing_since_ = Clock::now();
}

bool Retry::pause_after(const std::string& problem) {
  const milliseconds wait = jittered(pause_);
  pause_ = std::min(2 * pause_, longest_pause);
  const auto now = Clock::now();
  patience_ -= now - failing_since_.value_or(now) + wait;
  failing_since_ = now + wait;
  if (patience_ <= Clock::duration::zero()) return false;
  log().warning(
      LogLine("connect", "fail").field("error", problem).field("retry_in_ms", wait.count()).text());
  pause_until(now + wait, stop_);
  return true;
}

}  // namespace lottery
