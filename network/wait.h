#pragma once

#include <poll.h>

#include <span>

#include "network/deadline.h"
#include "network/interruption.h"

/// Waits for descriptors with poll(2). A signal handler does not end a wait. Errors of poll(2) are
/// std::system_error. Any thread.
namespace lottery {

/// Waits until one of `watched` is ready; returns false at `deadline`. The results are in the
/// members `revents`.
bool poll_until(std::span<pollfd> watched, Deadline deadline);

/// Waits until `descriptor` reports one of poll(2)'s `events`. Throws TimedOut at `deadline`, and
/// Interrupted.
void wait_for(int descriptor, short events, Deadline deadline, Interruption interruption = {});

/// Waits until `deadline`. Throws Interrupted.
void pause_until(Deadline deadline, Interruption interruption);

/// Waits until one of `descriptors` is readable, or until `deadline`.
void wait_for_any(std::span<const int> descriptors, Deadline deadline);

}  // namespace lottery
