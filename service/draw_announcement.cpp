#include "service/draw_announcement.h"

#include <utility>

namespace lottery {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds expected_max{1};

}  // namespace

std::shared_ptr<const DrawAnnouncement::NextDraw> DrawAnnouncement::subscribe() {
  const std::lock_guard lock(mutex_);
  auto next_draw = next_draw_.lock();
  if (next_draw == nullptr) {
    next_draw = std::make_shared<NextDraw>();
    next_draw_ = next_draw;
  }
  return next_draw;
}

void DrawAnnouncement::expect() {
  const std::lock_guard lock(mutex_);
  ++expected_;
  expected_until_ = steady_clock::now() + expected_max;
}

void DrawAnnouncement::cancel() noexcept { end_expectation(); }

void DrawAnnouncement::wait_until_announced() {
  if (expected_ == 0) return;
  std::unique_lock lock(mutex_);
  if (steady_clock::now() >= expected_until_) expected_ = 0;
  ended_.wait_for(lock, wait_max, [this] { return expected_ == 0; });
}

void DrawAnnouncement::end_expectation() noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (expected_ > 0) --expected_;
  }
  ended_.notify_all();
}

void DrawAnnouncement::announce() noexcept {
  end_expectation();
  wake();
}

void DrawAnnouncement::wake() noexcept {
  std::shared_ptr<NextDraw> happened;
  {
    const std::lock_guard lock(mutex_);
    happened = std::exchange(next_draw_, {}).lock();
  }
  if (happened != nullptr) happened->happen();
}

}  // namespace lottery
