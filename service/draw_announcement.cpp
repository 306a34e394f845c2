#include "service/draw_announcement.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace lottery {

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

void DrawAnnouncement::announce() noexcept {
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
