#pragma once

#include <filesystem>
#include <functional>

#include "service/storage/findings.h"
#include "service/storage/sqlite/unfinished_file.h"

namespace lottery {

/// A copy of a database.
struct Backup {
  std::filesystem::path path;
  bool is_right = false;  ///< whether it has passed verification
};

/// Writes a consistent copy of the database at `path` to the new file `copy`. A service may be
/// writing meanwhile, and does not wait. The copy is in one file, in rollback mode; it is verified
/// as verify_database does, and synced before it gets its name. If it fails the verification, its
/// name is `copy`.failed-verification instead (with -2, -3 and so on if that is taken).
///
/// The copy is never more open than the database: its mode is the database's without what is more
/// than 0640, and its group is the database's.
///
/// Throws DatabaseError if the database can't be read or is not of the current version, or if there
/// is a file at `copy`, and std::runtime_error if the copy can't be written. Each has one sentence.
Backup back_up_database(const std::filesystem::path& path, const std::filesystem::path& copy,
                        const Say& say);

/// Writes such a copy to `descriptor`, also if it fails the verification. Returns whether it has
/// passed it. The copy is made in a file beside the database, which loses its name before the first
/// byte is written to `descriptor`. Throws like back_up_database.
bool stream_backup(const std::filesystem::path& path, int descriptor, const Say& say);

/// Puts a database into the empty file at a path.
using FillCopy = std::function<void(const std::filesystem::path&)>;

/// The same for what `fill` writes, with this access. Throws what `fill` throws, too.
Backup write_backup(const std::filesystem::path& copy, const FileAccess& access,
                    const FillCopy& fill, const Say& say);

/// The same, to `descriptor`. The copy is made in a file beside `base`, which need not exist.
bool write_backup_to(int descriptor, const std::filesystem::path& base, const FileAccess& access,
                     const FillCopy& fill, const Say& say);

}  // namespace lottery
