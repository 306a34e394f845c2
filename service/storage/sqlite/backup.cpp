#include "service/storage/sqlite/backup.h"

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/Database.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "service/storage/sqlite/database_file.h"
#include "service/storage/sqlite/verification.h"

namespace lottery {
namespace {

void sync_file(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool is_synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  const std::string why = std::generic_category().message(errno);
  if (descriptor >= 0) ::close(descriptor);
  if (!is_synced) throw database_error(path, "can't be synced: " + why);
}

/// A new, empty file beside `copy`. It is gone at the end, with what SQLite has put beside it,
/// unless it has been renamed.
class UnfinishedCopy {
 public:
  explicit UnfinishedCopy(const std::filesystem::path& copy) {
    constexpr int names_max = 1000;  // others are of backups that run, or were killed
    for (int i = 1; i <= names_max && path_.empty(); ++i) {
      const std::string path = copy.string() + ".unfinished-" + std::to_string(i);
      const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
      if (descriptor >= 0) {
        ::close(descriptor);
        path_ = path;
      } else if (errno != EEXIST) {
        throw database_error(copy, "can't be written: " + std::generic_category().message(errno));
      }
    }
    if (path_.empty()) throw database_error(copy, "has too many unfinished copies beside it");
  }
  ~UnfinishedCopy() {
    for (const char* suffix : {"", "-journal", "-wal", "-shm"}) {
      std::error_code not_there;
      std::filesystem::remove(path_.string() + suffix, not_there);
    }
  }
  UnfinishedCopy(const UnfinishedCopy&) = delete;
  UnfinishedCopy& operator=(const UnfinishedCopy&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace

bool back_up_database(const std::filesystem::path& path, const std::filesystem::path& copy,
                      const std::function<void(const std::string&)>& say) {
  if (copy.empty()) throw DatabaseError("the copy has no name");
  if (std::filesystem::exists(std::filesystem::symlink_status(copy))) {
    throw database_error(copy, "is there already");
  }
  SQLite::Database source = with_database_errors(path, [&] { return open_to_read(path); });
  const UnfinishedCopy unfinished(copy);
  with_database_errors(copy, [&] {
    SQLite::Database target(unfinished.path().string(),
                            SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    SQLite::Backup backup(target, source);
    // All pages at once: SQLite begins anew where somebody writes between two parts.
    constexpr int all_pages = -1;
    backup.executeStep(all_pages);
  });
  with_database_errors(copy, [&] {
    // One file, that can be carried away: a service that starts on it goes back to a WAL.
    SQLite::Database target(unfinished.path().string(), SQLite::OPEN_READWRITE);
    target.exec("PRAGMA journal_mode = DELETE");
  });
  if (!verify_database(unfinished.path(), say)) return false;
  sync_file(unfinished.path());
  std::filesystem::rename(unfinished.path(), copy);
  sync_file(copy.has_parent_path() ? copy.parent_path() : ".");
  return true;
}

}  // namespace lottery
