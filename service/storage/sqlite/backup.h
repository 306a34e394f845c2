#pragma once

#include <filesystem>
#include <functional>

#include "service/storage/findings.h"
#include "service/storage/sqlite/unfinished_file.h"

namespace lottery {

/// The result of a copy.
struct Backup {
  std::filesystem::path path;
  bool is_right = false;  ///< passed verification
};

/// Writes a consistent copy of the database at `path` to the new file `copy`. A service may write
/// meanwhile, and is not delayed. The copy is one file in rollback mode. It is verified as by
/// verify_database and synced before it gets its name. If verification fails, its name is
/// `copy`.failed-verification (with -2, -3 and so on if that is taken).
///
/// The copy never has more permissions than the database: its mode is the database's, limited to
/// 0640, and its group is the database's.
///
/// Throws DatabaseError if the database can't be read or has another schema version, or if a file
/// exists at `copy`; throws std::runtime_error if the copy can't be written. Each has one sentence.
Backup back_up_database(const std::filesystem::path& path, const std::filesystem::path& copy,
                        const Say& say);

/// Writes such a copy to `descriptor`, even if it fails verification. Returns true if it passed.
/// The copy is made in a file next to the database, and unlinked before the first byte is written
/// to `descriptor`. Throws like back_up_database.
bool stream_backup(const std::filesystem::path& path, int descriptor, const Say& say);

/// Writes a database into the empty file at a path.
using FillCopy = std::function<void(const std::filesystem::path&)>;

/// The same for a database that `fill` writes, with this access. Also throws what `fill` throws.
Backup write_backup(const std::filesystem::path& copy, const FileAccess& access,
                    const FillCopy& fill, const Say& say);

/// The same, to `descriptor`. The copy is made in a file next to `base`, which need not exist.
bool write_backup_to(int descriptor, const std::filesystem::path& base, const FileAccess& access,
                     const FillCopy& fill, const Say& say);

}  // namespace lottery
