#include "network/event.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace lottery {

Event::Event() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (descriptor_ < 0) {
    throw std::system_error(errno, std::generic_category(), "no descriptor to wait for an event");
  }
}

Event::~Event() { ::close(descriptor_); }

// Adds one to a 64-bit counter. This fails only if the counter is full; then it is readable
// already. Not const, because it changes what others see of the event.
// NOLINTNEXTLINE(readability-make-member-function-const)
void Event::happen() noexcept { ::eventfd_write(descriptor_, 1); }

}  // namespace lottery
