#pragma once

#include <filesystem>
#include <vector>

#include "service/storage/sqlite/descriptor.h"

namespace lottery {

/// Keeps all other programs away from a database's files while this object lives, without opening
/// the database: it takes the lock that services use, and SQLite's own locks against the `sqlite3`
/// shell. If the database does not exist, it does nothing.
class DatabaseClaim {
 public:
  /// Throws DatabaseError if a program has the database open, or if it is not a regular file.
  explicit DatabaseClaim(const std::filesystem::path& path);

 private:
  std::vector<Descriptor> locked_;
};

}  // namespace lottery
