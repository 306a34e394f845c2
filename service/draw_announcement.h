#pragma once

#include <memory>
#include <mutex>

namespace lottery {

/// Tells all who wait for a draw that one has happened, through a descriptor that they can poll
/// together with a socket: a thousand of them cost nothing while they wait. All who wait for the
/// same draw share one descriptor.
///
/// Subscribe first and ask for the draw's result afterwards: then no draw is missed.
///
/// Any thread may call.
class DrawAnnouncement {
 public:
  /// The next draw that happens.
  class NextDraw {
   public:
    /// Throws std::system_error if the process may have no more descriptors.
    NextDraw();
    ~NextDraw();
    NextDraw(const NextDraw&) = delete;
    NextDraw& operator=(const NextDraw&) = delete;

    /// Readable (poll(2)) once the draw has happened, and from then on. It must not be read.
    int descriptor() const noexcept { return descriptor_; }

   private:
    friend class DrawAnnouncement;

    int descriptor_;
  };

  /// Throws std::system_error if the process may have no more descriptors.
  std::shared_ptr<const NextDraw> subscribe();

  /// A draw has happened, and its transaction has been committed.
  void announce() noexcept;

 private:
  std::mutex mutex_;
  std::weak_ptr<const NextDraw> next_draw_;  // kept alive by those who wait for it
};

}  // namespace lottery
