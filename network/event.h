#pragma once

namespace lottery {

/// Something that happens once, as a descriptor that can be waited for together with others
/// (wait.h). Any thread.
class Event {
 public:
  /// Throws std::system_error if the process may have no more descriptors.
  Event();
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  /// It has happened. Further calls change nothing.
  void happen() noexcept;

  /// Readable once it has happened, and from then on. It must not be read.
  int descriptor() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace lottery
