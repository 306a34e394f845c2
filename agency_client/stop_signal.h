#pragma once

namespace lottery {

/// SIGTERM, SIGINT and SIGQUIT as a descriptor that becomes readable when one has come, and stays
/// so. The signals must be blocked in every thread (see run_program).
class StopSignal {
 public:
  /// Throws std::system_error.
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  int descriptor() const noexcept { return descriptor_; }

  /// Throws Interrupted (deadline_io.h) where one has come.
  void throw_if_come() const;

 private:
  int descriptor_ = -1;
};

}  // namespace lottery
