#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "service/status/snapshot.h"

namespace lottery {

/// A snapshot with its texts. The texts are made once, and shared. Any thread.
class PublishedSnapshot {
 public:
  explicit PublishedSnapshot(Snapshot snapshot) : snapshot_(std::move(snapshot)) {}

  const Snapshot& snapshot() const noexcept { return snapshot_; }

  /// The complete server-sent event for /events.
  const std::string& event() const;

  /// The JSON in the event.
  std::string_view json() const;

 private:
  const Snapshot snapshot_;
  mutable std::once_flag event_is_made_;
  mutable std::string event_;
};

/// Makes a snapshot every second on its own thread, and passes it to all listeners. Any thread may
/// listen.
class SnapshotFeed {
 public:
  using Clock = std::chrono::steady_clock;

  struct Update {
    std::shared_ptr<const PublishedSnapshot> snapshot;  ///< null: nothing new
    std::uint64_t number = 0;                           ///< counted from 1
  };

  /// `make` makes a snapshot, `seconds` after the last one; it must not throw. The constructor
  /// makes the first snapshot before it returns.
  explicit SnapshotFeed(std::function<Snapshot(std::size_t seconds)> make);

  /// Waits for a snapshot that is being made.
  ~SnapshotFeed();

  SnapshotFeed(const SnapshotFeed&) = delete;
  SnapshotFeed& operator=(const SnapshotFeed&) = delete;

  Update latest() const;

  /// Waits for a snapshot with a greater number than `number`, and returns the latest. Returns
  /// without a snapshot at the deadline, or when the feed is over.
  Update wait_for_newer(std::uint64_t number, Clock::time_point deadline) const;

  bool is_over() const;

  /// From now on there are no new snapshots. All waiting threads return.
  void end();

 private:
  void run(const std::stop_token& stop);

  std::function<Snapshot(std::size_t)> make_;
  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  Update latest_;
  bool is_over_ = false;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace lottery
