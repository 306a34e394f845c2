#pragma once

#include <filesystem>
#include <vector>

#include "program/descriptor.h"

namespace lottery {

/// Keeps all other programs away from the files of a database while this object exists, without
/// opening the database: services by a lock on the file, and the `sqlite3` shell by SQLite's own
/// locks. If the database does not exist, nothing is locked.
class DatabaseClaim {
 public:
  /// Throws DatabaseError if another program has the database open, or if it is not a regular file.
  explicit DatabaseClaim(const std::filesystem::path& path);

 private:
  std::vector<Descriptor> locked_;
};

}  // namespace lottery
