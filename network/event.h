#pragma once

namespace lottery {

/// A one-time event, as a descriptor that can be polled together with others (wait.h). Any thread.
class Event {
 public:
  /// Throws std::system_error if the process can't open another descriptor.
  Event();
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  /// Signals the event. Further calls have no effect.
  void happen() noexcept;

  /// Becomes readable when the event is signalled, and stays readable. Do not read from it.
  int descriptor() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace lottery
