#pragma once

#include <filesystem>

namespace lottery {

/// Returns the absolute path of the file at `path`, with all symbolic links resolved.
///
/// SQLite creates the WAL next to the file that a link points to, not next to the link. So the path
/// is resolved once, before anything is opened, and only the result is used.
///
/// The file and folders at the end of the path may be missing. A symbolic link with a missing
/// target is refused, and its target is not created: an unmounted disk looks like this, and a new,
/// empty lottery would hide the real one.
///
/// Throws DatabaseError if a link has no target or is part of a loop, if a folder can't be
/// searched, or if `path` is empty or ends with a slash.
std::filesystem::path canonical_database_path(const std::filesystem::path& path);

}  // namespace lottery
