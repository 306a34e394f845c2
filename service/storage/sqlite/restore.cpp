#include "service/storage/sqlite/restore.h"

#include <SQLiteCpp/Database.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "service/storage/sqlite/copy_bytes.h"
#include "service/storage/sqlite/database_claim.h"
#include "service/storage/sqlite/database_copy.h"
#include "service/storage/sqlite/database_file.h"
#include "service/storage/sqlite/database_path.h"
#include "service/storage/sqlite/folder.h"
#include "service/storage/sqlite/restore_marker.h"
#include "service/storage/sqlite/unfinished_file.h"
#include "service/storage/sqlite/verification.h"

namespace lottery {
namespace {

constexpr const char* standard_input = "-";

bool is_taken(const std::filesystem::path& path) {
  return std::filesystem::exists(std::filesystem::symlink_status(path));
}

bool has_content(const std::filesystem::path& path) {
  std::error_code not_there;
  const auto bytes = std::filesystem::file_size(path, not_there);
  return !not_there && bytes > 0;
}

/// The current UTC time, for example 20261126T101500Z.
std::string now() {
  const std::time_t time = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts);
  return text.data();
}

/// The access of the new database: that of the old database or, if there is none, that of a new
/// file in its folder.
FileAccess access_for(const std::filesystem::path& path) {
  if (std::filesystem::exists(path)) return FileAccess::of_replacement(path);
  FileAccess access = FileAccess::of_replacement(path.parent_path());
  access.mode = FileAccess().mode;
  return access;
}

/// True if the database's header says that it was used with a WAL (SQLite, "Database File Format",
/// 1.3.3).
bool is_in_wal_mode(int descriptor) {
  constexpr off_t write_version_at = 18;
  constexpr char wal = 2;
  char version = 0;
  return ::pread(descriptor, &version, 1, write_version_at) == 1 && version == wal;
}

void copy_bytes_of(int from, const std::string& name, const std::filesystem::path& copy) {
  const Descriptor to(::open(copy.c_str(), O_WRONLY | O_CLOEXEC));
  if (!to.is_open()) {
    throw database_error(copy, "can't be opened: " + std::generic_category().message(errno));
  }
  copy_bytes(from, name, to.value(), copy.string());
}

/// Copies the database in `from`, as it is, into the empty file `copy`.
void fetch(const std::filesystem::path& path, const std::string& from,
           const std::filesystem::path& copy) {
  if (from == standard_input) {
    if (::isatty(STDIN_FILENO) == 1) {
      throw DatabaseError(
          "standard input is a terminal, and a backup is binary: redirect it from a file");
    }
    copy_bytes_of(STDIN_FILENO, "standard input", copy);
    return;
  }
  const Descriptor file(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) {
    throw database_error(from, "can't be read: " + std::generic_category().message(errno));
  }
  struct stat status {};
  if (::fstat(file.value(), &status) != 0 || S_ISDIR(status.st_mode)) {
    throw database_error(from, "is not a regular file");
  }
  if (is_taken(path) && std::filesystem::equivalent(path, from)) {
    throw database_error(from, "is the database that the restore would replace");
  }
  if (!S_ISREG(status.st_mode)) {
    copy_bytes_of(file.value(), from, copy);
    return;
  }
  // A WAL next to a database in rollback mode belongs to another database, but SQLite would apply
  // it.
  const std::string real = std::filesystem::canonical(from).string();
  const bool has_wal = is_in_wal_mode(file.value()) && has_content(real + "-wal");
  if (has_wal || has_content(real + "-journal")) {
    with_database_errors(from, [&] {
      SQLite::Database source(real, SQLite::OPEN_READONLY);
      source.execAndGet("PRAGMA schema_version");  // its error says why the source can't be read
      copy_database(source, copy);
    });
  } else {
    copy_bytes_of(file.value(), from, copy);
  }
}

/// Verifies the copy, and reports problems as those of `from`.
Restored check(const std::filesystem::path& copy, const std::string& from, const Say& say) {
  const std::string name = from == standard_input ? "on standard input" : from;
  return with_database_errors(name, [&] {
    make_one_file(copy);
    SQLite::Database database(copy.string(), SQLite::OPEN_READONLY);
    Restored restored;
    restored.version = check_owner(database, name);
    if (restored.version == 0) throw database_error(name, "is empty");
    std::string first_problem;
    const bool is_right = verify_database(database, restored.version, [&](const std::string& line) {
      if (first_problem.empty() && line.find(": WRONG: ") != std::string::npos) {
        first_problem = line;
      }
      say(line);
    });
    if (!is_right) {
      throw database_error(name, "failed verification; nothing was changed: " + first_problem);
    }
    restored.draws = database.execAndGet("SELECT count(*) FROM draws").getInt64();
    restored.bets = database.execAndGet("SELECT count(*) FROM bets").getInt64();
    return restored;
  });
}

/// Steps 3 and 4 of restore_database(), for a copy that has its marker. Returns the new names of
/// the old files.
std::vector<std::filesystem::path> replace(const std::filesystem::path& path,
                                           const std::string& time) {
  const std::filesystem::path marker = restore_marker(path, time);
  const Descriptor lock(::open(marker.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!lock.is_open() || ::flock(lock.value(), LOCK_EX | LOCK_NB) != 0) {
    throw database_error(path, "is being restored by another lottery_service");
  }
  const std::string before = path.string() + ".before-restore-" + time;
  std::vector<std::filesystem::path> kept;
  // The WAL is renamed first. Without it, the database is only old; next to another database, it
  // would be applied to that one.
  for (const char* ending : {"-wal", "-journal", ""}) {
    const std::string old = path.string() + ending;
    if (is_taken(old)) kept.insert(kept.begin(), rename_to_free(old, before + ending));
  }
  std::filesystem::remove(path.string() + "-shm");
  sync_folder_of(path);
  if (!rename_to_new(marker, path)) {
    throw database_error(path,
                         "was created by another program during the restore; restore it again");
  }
  sync_folder_of(path);
  return kept;
}

/// A time for the names of a restore that no earlier restore has used.
std::string free_time(const std::filesystem::path& path) {
  const std::string time = now();
  std::string candidate = time;
  for (int i = 2; is_taken(restore_marker(path, candidate)) ||
                  is_taken(path.string() + ".before-restore-" + candidate) ||
                  is_taken(path.string() + ".before-restore-" + candidate + "-wal");
       ++i) {
    candidate = time + "-" + std::to_string(i);
  }
  return candidate;
}

}  // namespace

Restored restore_database(const std::filesystem::path& database, const std::string& from,
                          const Say& say) {
  if (from.empty()) throw DatabaseError("the file to restore from has no name");
  const std::filesystem::path path = canonical_database_path(database);
  make_folder(path.parent_path());
  std::optional<DatabaseClaim> claim(path);
  if (const auto time = time_of_unfinished_restore(path)) {
    replace(path, *time);
    say("the restore that was interrupted at " + *time + " is finished");
    claim.emplace(path);
  }
  const std::string base = path.string() + ".restore";
  UnfinishedFile copy(base, access_for(path));
  fetch(path, from, copy.path());
  Restored restored = check(copy.path(), from, say);
  const std::string time = free_time(path);
  if (!copy.publish_as(restore_marker(path, time))) {
    throw database_error(path, "is being restored by another lottery_service");
  }
  restored.before = replace(path, time);
  return restored;
}

}  // namespace lottery
