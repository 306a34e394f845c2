#include "service/storage/sqlite/backup.h"

#include <SQLiteCpp/Database.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

#include "program/descriptor.h"
#include "service/storage/sqlite/copy_bytes.h"
#include "service/storage/sqlite/database_copy.h"
#include "service/storage/sqlite/database_file.h"
#include "service/storage/sqlite/database_path.h"
#include "service/storage/sqlite/restore_marker.h"
#include "service/storage/sqlite/unfinished_file.h"
#include "service/storage/sqlite/verification.h"

namespace lottery {
namespace {

/// The widest access that a copy of the database at `path` may have.
FileAccess access_for_copy(const std::filesystem::path& path) {
  refuse_unfinished_restore(canonical_database_path(path));
  if (!std::filesystem::exists(path)) throw database_error(path, "is not there");
  return FileAccess::of_copy(path);
}

/// Copies the database at `path`; a FillCopy.
FillCopy copy_of(const std::filesystem::path& path) {
  return [path](const std::filesystem::path& copy) {
    SQLite::Database source = with_database_errors(path, [&] { return open_to_read(path); });
    with_database_errors(copy, [&] { copy_database(source, copy); });
  };
}

bool is_right(const std::filesystem::path& copy, const Say& say) {
  try {
    return verify_database(copy, say);
  } catch (const DatabaseError& error) {
    // A copy that can't be read completely is kept, like any other copy that fails verification.
    say(error.what());
    return false;
  }
}

void refuse_what_is_there(const std::filesystem::path& copy) {
  if (copy.empty()) throw DatabaseError("the copy has no name");
  if (std::filesystem::exists(std::filesystem::symlink_status(copy))) {
    throw database_error(copy, "exists already");
  }
}

void refuse_terminal(int descriptor) {
  if (::isatty(descriptor) == 1) {
    throw DatabaseError(
        "standard output is a terminal, and a backup is binary: redirect it to a file");
  }
}

}  // namespace

Backup back_up_database(const std::filesystem::path& path, const std::filesystem::path& copy,
                        const Say& say) {
  refuse_what_is_there(copy);
  return write_backup(copy, access_for_copy(path), copy_of(path), say);
}

Backup write_backup(const std::filesystem::path& copy, const FileAccess& access,
                    const FillCopy& fill, const Say& say) {
  refuse_what_is_there(copy);
  UnfinishedFile unfinished(copy, access);
  fill(unfinished.path());
  if (!is_right(unfinished.path(), say)) {
    return {.path = unfinished.publish_as_free(copy.string() + ".failed-verification"),
            .is_right = false};
  }
  if (!unfinished.publish_as(copy)) throw database_error(copy, "exists already");
  return {.path = copy, .is_right = true};
}

bool stream_backup(const std::filesystem::path& path, int descriptor, const Say& say) {
  refuse_terminal(descriptor);
  return write_backup_to(descriptor, canonical_database_path(path).string() + ".backup",
                         access_for_copy(path), copy_of(path), say);
}

bool write_backup_to(int descriptor, const std::filesystem::path& base, const FileAccess& access,
                     const FillCopy& fill, const Say& say) {
  refuse_terminal(descriptor);
  bool copy_is_right = false;
  Descriptor copy;
  {
    const UnfinishedFile unfinished(base, access);
    fill(unfinished.path());
    copy_is_right = is_right(unfinished.path(), say);
    copy = Descriptor(::open(unfinished.path().c_str(), O_RDONLY | O_CLOEXEC));
    if (!copy.is_open()) {
      throw database_error(unfinished.path(),
                           "can't be opened: " + std::generic_category().message(errno));
    }
  }
  copy_bytes(copy.value(), "the copy", descriptor, "standard output");
  struct stat status {};
  const bool is_file = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  if (is_file && ::fsync(descriptor) != 0) {
    throw std::runtime_error("standard output can't be synced: " +
                             std::generic_category().message(errno));
  }
  return copy_is_right;
}

}  // namespace lottery
