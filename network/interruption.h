#pragma once

namespace lottery {

/// Thrown by a wait that was interrupted. This is not an error and not a std::exception, so code
/// that reports errors lets it pass.
struct Interrupted {};

/// Ends waits and long work early: refers to a descriptor that becomes readable once and stays
/// readable. Copies refer to the same descriptor, which must outlive them. Any thread.
class Interruption {
 public:
  /// Never interrupts.
  Interruption() = default;

  /// Interrupts when `descriptor` is readable.
  explicit Interruption(int descriptor) noexcept : descriptor_(descriptor) {}

  /// The descriptor; negative if there is none, which poll(2) ignores.
  int descriptor() const noexcept { return descriptor_; }

  /// Throws Interrupted if the descriptor is readable. Call it in long work that never waits.
  /// Throws std::system_error.
  void throw_if_come() const;

 private:
  int descriptor_ = -1;
};

}  // namespace lottery
