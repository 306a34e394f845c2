#pragma once

#include <filesystem>
#include <vector>

#include "service/storage/sqlite/descriptor.h"

namespace lottery {

/// Keeps every other program away from the files of a database, for as long as this lives, without
/// opening the database: a service by its lock on the file, and the `sqlite3` shell by SQLite's own
/// locks. A database that is not there needs no claim.
class DatabaseClaim {
 public:
  /// Throws DatabaseError if a program has the database open, or it is no regular file.
  explicit DatabaseClaim(const std::filesystem::path& path);

 private:
  std::vector<Descriptor> locked_;
};

}  // namespace lottery
