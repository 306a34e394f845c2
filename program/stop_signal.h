#pragma once

#include "network/interruption.h"

/// How a program is told to stop: SIGTERM, SIGINT and SIGQUIT, as a descriptor.
namespace lottery {

/// Blocks the stop signals in this thread, and in every thread that it starts. Call it in main(),
/// before the first thread. A signal that comes then waits for a StopSignal.
void block_stop_signals();

/// Unblocks the stop signals in this thread: then they end the process at once. For one-shot modes.
void end_at_stop_signals();

/// A stop signal that comes, or has come, as a descriptor that becomes readable then, and stays so.
/// The stop signals must be blocked in every thread.
class StopSignal {
 public:
  /// Throws std::system_error.
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  int descriptor() const noexcept { return descriptor_; }

  /// Ends waits and long work when the signal comes. This must outlive it.
  Interruption interruption() const noexcept { return Interruption(descriptor_); }

 private:
  int descriptor_ = -1;
};

}  // namespace lottery
