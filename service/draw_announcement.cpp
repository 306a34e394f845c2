#include "service/draw_announcement.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace lottery {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds expected_max{1};

}  // namespace

DrawAnnouncement::NextDraw::NextDraw() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (descriptor_ < 0) {
    throw std::system_error(errno, std::generic_category(), "no descriptor to wait for a draw");
  }
}

DrawAnnouncement::NextDraw::~NextDraw() { ::close(descriptor_); }

std::shared_ptr<const DrawAnnouncement::NextDraw> DrawAnnouncement::subscribe() {
  const std::lock_guard lock(mutex_);
  auto next_draw = next_draw_.lock();
  if (next_draw == nullptr) {
    next_draw = std::make_shared<const NextDraw>();
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
  std::shared_ptr<const NextDraw> happened;
  {
    const std::lock_guard lock(mutex_);
    happened = std::exchange(next_draw_, {}).lock();
  }
  if (happened == nullptr) return;  // nobody waits
  // Adds one to a counter of zero, which can't fail.
  ::eventfd_write(happened->descriptor(), 1);
}

}  // namespace lottery
