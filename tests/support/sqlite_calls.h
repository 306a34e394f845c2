#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>

namespace lottery::test {

/// While this object exists, SQLite in this process reads or writes files with a function of the
/// test instead of the system's. At most one at a time. SQLite may call the function on any thread.
class ReplacedCalls {
 public:
  using Read = ssize_t (*)(int, void*, size_t, off_t);
  using Write = ssize_t (*)(int, const void*, size_t, off_t);

  explicit ReplacedCalls(Read read) : names_{"pread", "pread64"} {
    set(reinterpret_cast<sqlite3_syscall_ptr>(read));
  }
  explicit ReplacedCalls(Write write) : names_{"pwrite", "pwrite64"} {
    set(reinterpret_cast<sqlite3_syscall_ptr>(write));
  }
  ~ReplacedCalls() { set(nullptr); }
  ReplacedCalls(const ReplacedCalls&) = delete;
  ReplacedCalls& operator=(const ReplacedCalls&) = delete;

 private:
  void set(sqlite3_syscall_ptr call) const {
    sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
    for (const char* name : names_) {
      if (vfs->xGetSystemCall(vfs, name) == nullptr) continue;
      EXPECT_EQ(vfs->xSetSystemCall(vfs, name, call), SQLITE_OK);
    }
  }

  std::array<const char*, 2> names_;
};

}  // namespace lottery::test
