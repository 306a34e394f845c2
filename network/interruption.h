#pragma once

namespace lottery {

/// Thrown by a wait that was interrupted. It is not an error and not a std::exception, so code that
/// reports errors lets it pass.
struct Interrupted {};

/// What ends waits and long work early: a descriptor that becomes readable once, and stays so. A
/// copy refers to the same descriptor, which must outlive it. Any thread.
class Interruption {
 public:
  /// Never interrupts.
  Interruption() = default;

  /// Interrupts once `descriptor` is readable.
  explicit Interruption(int descriptor) noexcept : descriptor_(descriptor) {}

  /// The descriptor; negative, which poll(2) ignores, if there is none.
  int descriptor() const noexcept { return descriptor_; }

  /// Throws Interrupted if the descriptor is readable. For long work that waits for nothing. Throws
  /// std::system_error.
  void throw_if_come() const;

 private:
  int descriptor_ = -1;
};

}  // namespace lottery
