#include "service/storage/sqlite/database_claim.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "service/storage/sqlite/database_file.h"

namespace lottery {
namespace {

/// Locks all bytes of the file, which includes every byte that SQLite locks (SQLite, "File Locking
/// And Concurrency"; each connection also holds a lock on the shm file). Returns false if another
/// program has locked one of them.
bool lock_all_bytes(int descriptor) {
  struct flock all {};
  all.l_type = F_WRLCK;
  all.l_whence = SEEK_SET;
  return ::fcntl(descriptor, F_OFD_SETLK, &all) == 0;
}

}  // namespace

DatabaseClaim::DatabaseClaim(const std::filesystem::path& path) {
  for (const std::string& file : {path.string(), path.string() + "-shm"}) {
    Descriptor descriptor(::open(file.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!descriptor.is_open()) {
      if (errno == ENOENT) continue;
      throw database_error(file, "can't be opened: " + std::generic_category().message(errno));
    }
    struct stat status {};
    if (::fstat(descriptor.value(), &status) != 0 || !S_ISREG(status.st_mode)) {
      throw database_error(file, "is not a regular file");
    }
    if (file == path && ::flock(descriptor.value(), LOCK_EX | LOCK_NB) != 0) {
      throw database_error(path, "is locked by another lottery_service");
    }
    if (!lock_all_bytes(descriptor.value())) {
      throw database_error(path, "is open in another program, such as the sqlite3 shell");
    }
    locked_.push_back(std::move(descriptor));
  }
}

}  // namespace lottery
