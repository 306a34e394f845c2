#pragma once

#include <optional>

#include "network/interruption.h"

/// How a program is told to stop: SIGTERM, SIGINT and SIGQUIT, as a descriptor. SIGHUP, which a
/// terminal sends when it closes, stops the agency's client and not the service.
namespace lottery {

/// Blocks the stop signals and SIGHUP in this thread, and in every thread that it starts. Call it
/// in main(), before the first thread. A signal that comes then waits for a StopSignal or a
/// HangupSignal. A SIGHUP that this process was started to ignore, as nohup(1) does, stays ignored.
void block_stop_signals();

/// Unblocks the stop signals and SIGHUP in this thread: then they end the process at once. For
/// one-shot modes.
void end_at_stop_signals();

/// Whether SIGHUP is a stop signal too.
enum class Hangup : bool { stops, does_not_stop };

/// A stop signal that comes, or has come, as a descriptor that becomes readable then, and stays so.
/// The stop signals must be blocked in every thread.
class StopSignal {
 public:
  /// Throws std::system_error.
  explicit StopSignal(Hangup hangup);
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  int descriptor() const noexcept { return descriptor_; }

  /// Ends waits and long work when the signal comes. This must outlive it.
  Interruption interruption() const noexcept { return Interruption(descriptor_); }

  /// The stop signal that has come; nothing if none has. If several have come, the first of
  /// SIGTERM, SIGINT, SIGQUIT and SIGHUP.
  std::optional<int> number() const noexcept;

 private:
  Hangup hangup_;
  int descriptor_ = -1;
};

/// A SIGHUP that comes, or has come, as a descriptor that becomes readable then. SIGHUP must be
/// blocked in every thread.
class HangupSignal {
 public:
  /// Throws std::system_error.
  HangupSignal();
  ~HangupSignal();
  HangupSignal(const HangupSignal&) = delete;
  HangupSignal& operator=(const HangupSignal&) = delete;

  int descriptor() const noexcept { return descriptor_; }

  /// True if a SIGHUP has come since the last call. Does not wait.
  bool take() noexcept;

 private:
  int descriptor_ = -1;
};

}  // namespace lottery
