#include "agency_client/retry.h"

#include <algorithm>
#include <random>

#include "program/deadline_io.h"
#include "program/log.h"

namespace lottery {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds first_pause{100};
constexpr milliseconds longest_pause{5000};

/// Half to all of `pause`, so that agencies which lost the service together do not return together.
milliseconds jittered(milliseconds pause) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return milliseconds(
      std::uniform_int_distribution<milliseconds::rep>(pause.count() / 2, pause.count())(random));
}

}  // namespace

Retry::Retry(std::chrono::seconds give_up_after, const StopSignal& stop)
    : give_up_after_(give_up_after), stop_(stop) {
  went_well();
}

void Retry::went_well() {
  pause_ = first_pause;
  give_up_at_ = steady_clock::now() + give_up_after_;
}

bool Retry::pause_after(const std::string& problem) {
  const milliseconds wait = jittered(pause_);
  pause_ = std::min(2 * pause_, longest_pause);
  const auto resumes_at = steady_clock::now() + wait;
  if (resumes_at >= give_up_at_) return false;
  log().warning(
      LogLine("connect", "fail").field("error", problem).field("retry_in_ms", wait.count()).text());
  pause_until(resumes_at, stop_.descriptor());
  return true;
}

}  // namespace lottery
