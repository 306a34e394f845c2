#pragma once

#include <optional>

#include "network/interruption.h"

/// The signals that stop a program (SIGTERM, SIGINT, SIGQUIT) as a descriptor. SIGHUP, which a
/// terminal sends when it closes, stops the agency client but not the service.
namespace lottery {

/// Blocks the stop signals and SIGHUP in this thread and all threads that it starts. Call it in
/// main() before the first thread. A signal then waits for a StopSignal or HangupSignal. If the
/// process was started to ignore SIGHUP (nohup(1)), SIGHUP stays ignored.
void block_stop_signals();

/// Unblocks the stop signals and SIGHUP in this thread, so that they end the process at once. For
/// one-shot modes.
void end_at_stop_signals();

/// Whether SIGHUP also is a stop signal.
enum class Hangup : bool { stops, does_not_stop };

/// A stop signal as a descriptor, which becomes readable when the signal arrives (or has arrived
/// before) and stays readable. The stop signals must be blocked in every thread.
class StopSignal {
 public:
  /// Throws std::system_error.
  explicit StopSignal(Hangup hangup);
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  int descriptor() const noexcept { return descriptor_; }

  /// Ends waits and long work when the signal arrives. This object must outlive it.
  Interruption interruption() const noexcept { return Interruption(descriptor_); }

  /// The signal that has arrived; empty if none has. If several have arrived, the first of SIGTERM,
  /// SIGINT, SIGQUIT and SIGHUP.
  std::optional<int> number() const noexcept;

 private:
  Hangup hangup_;
  int descriptor_ = -1;
};

/// SIGHUP as a descriptor, which becomes readable when the signal arrives (or has arrived before).
/// SIGHUP must be blocked in every thread.
class HangupSignal {
 public:
  /// Throws std::system_error.
  HangupSignal();
  ~HangupSignal();
  HangupSignal(const HangupSignal&) = delete;
  HangupSignal& operator=(const HangupSignal&) = delete;

  int descriptor() const noexcept { return descriptor_; }

  /// True if a SIGHUP has arrived since the last call. Does not wait.
  bool take() noexcept;

 private:
  int descriptor_ = -1;
};

}  // namespace lottery
