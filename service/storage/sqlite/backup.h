#pragma once

#include <filesystem>
#include <functional>

#include "service/storage/findings.h"
#include "service/storage/sqlite/unfinished_file.h"

namespace lottery {

/// A copy of a database.
struct Backup {
  std::filesystem::path path;
  bool is_right = false;  ///< it passed verification
};

/// Writes a consistent copy of the database at `path` to the new file `copy`. A service may write
/// meanwhile, and does not wait. The copy is one file, in rollback mode. It is verified as in
/// verify_database, and synced before it gets its name. If the verification fails, the copy is
/// named `copy`.failed-verification instead (or with -2, -3 and so on if that name is taken).
///
/// The copy's permissions never exceed the database's: its mode is the database's mode, limited to
/// 0640, and its group is the database's group.
///
/// Throws DatabaseError if the database can't be read or is not of the current version, or if
/// `copy` exists; std::runtime_error if the copy can't be written. Each message is one sentence.
Backup back_up_database(const std::filesystem::path& path, const std::filesystem::path& copy,
                        const Say& say);

/// Writes such a copy to `descriptor`, even if it fails verification. Returns whether it passed.
/// The copy is first made in a file beside the database; that file is unlinked before the first
/// byte is written to `descriptor`. Throws like back_up_database.
bool stream_backup(const std::filesystem::path& path, int descriptor, const Say& say);

/// Writes a database into the empty file at a path.
using FillCopy = std::function<void(const std::filesystem::path&)>;

/// Makes a backup like back_up_database, but `fill` writes the content, and `access` sets the
/// permissions. Also throws what `fill` throws.
Backup write_backup(const std::filesystem::path& copy, const FileAccess& access,
                    const FillCopy& fill, const Say& say);

/// Like write_backup, but writes to `descriptor`. The copy is first made in a file beside `base`,
/// which need not exist.
bool write_backup_to(int descriptor, const std::filesystem::path& base, const FileAccess& access,
                     const FillCopy& fill, const Say& say);

}  // namespace lottery
