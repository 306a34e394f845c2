#pragma once

#include <filesystem>

namespace lottery {

/// Returns the absolute path of the file at `path`, with all symbolic links resolved.
///
/// SQLite puts the WAL beside the target of a link, not beside the link. So the path is resolved
/// once, before anything is opened, and only the result is used.
///
/// The file, and folders at the end of the path, may be missing. A symbolic link whose target is
/// missing is refused, and the target is not created: it may be on a disk that is not mounted, and
/// a new, empty lottery would hide the real one.
///
/// Throws DatabaseError if a link has no target or is part of a loop, if a folder can't be
/// searched, or if `path` is empty or ends with a slash.
std::filesystem::path canonical_database_path(const std::filesystem::path& path);

}  // namespace lottery
