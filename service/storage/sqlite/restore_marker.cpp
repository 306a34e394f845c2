#include "service/storage/sqlite/restore_marker.h"

#include <stdexcept>
#include <system_error>

#include "service/storage/sqlite/database_error.h"

namespace lottery {
namespace {

constexpr const char* suffix = ".restoring-";

std::filesystem::path folder_of(const std::filesystem::path& database) {
  return database.has_parent_path() ? database.parent_path() : std::filesystem::path(".");
}

}  // namespace

std::filesystem::path restore_marker(const std::filesystem::path& database,
                                     const std::string& time) {
  return database.string() + suffix + time;
}

std::optional<std::string> time_of_unfinished_restore(const std::filesystem::path& database) {
  if (!std::filesystem::is_directory(folder_of(database))) return {};
  const std::string beginning = database.filename().string() + suffix;
  for (const auto& entry : std::filesystem::directory_iterator(folder_of(database))) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(beginning)) return name.substr(beginning.size());
  }
  return {};
}

void refuse_unfinished_restore(const std::filesystem::path& database) {
  const auto time = time_of_unfinished_restore(database);
  if (!time) return;
  throw DatabaseError(
      "the database " + database.string() + " is being restored: its new content is in " +
      restore_marker(database, *time).string() +
      "; if that restore was interrupted, run lottery_service --restore=FILE, which "
      "finishes it first, and then restores FILE");
}

}  // namespace lottery
