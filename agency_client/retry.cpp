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

/// A random part of `pause`, from a half to all, so that agencies that lost the service together do
/// not return together.
milliseconds jittered(milliseconds pause) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return milliseconds(
      std::uniform_int_distribution<milliseconds::rep>(pause.count() / 2, pause.count())(random));
}

}  // namespace

Retry::Retry(ServiceConnection& connection, std::chrono::seconds give_up_after, Interruption stop)
    : connection_(connection), give_up_after_(give_up_after), stop_(stop) {
  went_well();
}

void Retry::went_well() {
  failures_ = 0;
  certificate_refusals_ = 0;
  pause_ = first_pause;
  time_left_ = give_up_after_;
  counted_until_.reset();
}

void Retry::answered() {
  if (counted_until_) counted_until_ = Clock::now();
}

bool Retry::goes_on_after(const std::string& problem) {
  ++failures_;
  const bool is_round_over = failures_ % connection_.address_count() == 0;
  const milliseconds wait = is_round_over ? jittered(pause_) : milliseconds(0);
  if (is_round_over) pause_ = std::min(2 * pause_, longest_pause);
  const auto now = Clock::now();
  time_left_ -= now - counted_until_.value_or(now) + wait;
  counted_until_ = now + wait;
  const bool all_were_tried = failures_ >= connection_.address_count();
  if (all_were_tried && time_left_ <= Clock::duration::zero()) return false;

  LogLine line("connect", "fail");
  if (connection_.address_count() > 1) line.field("address", connection_.address());
  line.field("error", problem);
  connection_.use_next_address();
  if (connection_.address_count() > 1) line.field("next_address", connection_.address());
  log().warning(line.field("retry_in_ms", wait.count()).text());
  pause_until(now + wait, stop_);
  return true;
}

}  // namespace lottery
