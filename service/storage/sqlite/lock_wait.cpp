#include "service/storage/sqlite/lock_wait.h"

#include <sqlite3.h>

#include <thread>

namespace lottery {
namespace {

constexpr std::chrono::milliseconds poll_interval{2};

}  // namespace

LockWait::LockWait(SQLite::Database& connection) {
  sqlite3_busy_handler(connection.getHandle(), &LockWait::wait_more, this);
}

int LockWait::wait_more(void* self, int /*attempt*/) {
  if (std::chrono::steady_clock::now() >= static_cast<LockWait*>(self)->deadline_) return 0;
  std::this_thread::sleep_for(poll_interval);
  return 1;
}

}  // namespace lottery
