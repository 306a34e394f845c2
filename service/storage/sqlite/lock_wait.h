#pragma once

#include <SQLiteCpp/Database.h>

#include <chrono>

namespace lottery {

/// Limits how long the writing connection waits for another program's lock on the database.
///
/// A transaction waits until its deadline. After one has timed out, later ones fail at once until
/// the lock is free. So agencies get an answer, and shutdown stays bounded, whatever the number of
/// transactions. SQLite's own busy handler can't do this, because it does not know when the
/// transaction began to wait for its turn.
///
/// Used by the thread that may use the connection.
class LockWait {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  /// `connection` must outlive this, and must have no other busy handler.
  explicit LockWait(SQLite::Database& connection);
  LockWait(const LockWait&) = delete;
  LockWait& operator=(const LockWait&) = delete;

  /// Calls `begin`, which must begin a transaction on the connection. It may wait until `deadline`.
  /// Throws what `begin` throws.
  template <typename Begin>
  void begin_until(Deadline deadline, Begin&& begin) {
    deadline_ = was_in_vain_ ? std::chrono::steady_clock::now() : deadline;
    was_in_vain_ = true;
    begin();
    was_in_vain_ = false;
  }

  /// Nothing waits until the next begin_until().
  void end() noexcept { deadline_ = {}; }

 private:
  static int wait_more(void* self, int attempt);

  Deadline deadline_{};
  bool was_in_vain_ = false;  // the last begin_until() failed
};

}  // namespace lottery
