#include "service/storage/sqlite/database_path.h"

#include <string>
#include <system_error>

#include "service/storage/sqlite/database_error.h"

namespace lottery {
namespace {

namespace fs = std::filesystem;

/// The target of `link`, an entry of a canonical folder.
fs::path target_of(const fs::path& link, const fs::path& database) {
  std::error_code failure;
  fs::path target = fs::canonical(link, failure);
  if (!failure) return target;
  std::string problem = "can't be found: the symbolic link " + link.string();
  if (failure == std::errc::no_such_file_or_directory) {
    throw database_error(database, problem + " points to " + fs::read_symlink(link).string() +
                                       ", which is not there");
  }
  throw database_error(database, problem + " can't be followed: " + failure.message());
}

}  // namespace

fs::path canonical_database_path(const fs::path& path) {
  if (path.filename().empty()) throw database_error(path, "has a path that names no file");
  fs::path canonical = fs::absolute(path).root_path();
  for (const fs::path& part : fs::absolute(path).relative_path()) {
    if (part == "." || part.empty()) continue;
    if (part == "..") {
      canonical = canonical.parent_path();
      continue;
    }
    canonical /= part;
    std::error_code failure;
    const fs::file_status status = fs::symlink_status(canonical, failure);
    if (status.type() == fs::file_type::none) {
      throw database_error(path, "can't be found: " + canonical.string() +
                                     " can't be examined: " + failure.message());
    }
    if (status.type() == fs::file_type::symlink) canonical = target_of(canonical, path);
  }
  return canonical;
}

}  // namespace lottery
