#pragma once

#include <filesystem>

namespace lottery {

/// Creates `folder`, an absolute path, and missing folders above it, each with mode 0750, whatever
/// the umask is. Syncs the entry of each new folder in its parent. An existing folder is not
/// changed. Throws std::system_error, with a sentence for a person.
void make_folder(const std::filesystem::path& folder);

/// Removes permissions beyond 0750 from the folder of `file`, an absolute path, if the folder
/// belongs to this process's user and holds nothing but files whose names begin with the name of
/// `file`. Other folders are not changed. Throws std::system_error, with a sentence for a person.
void restrict_folder_of(const std::filesystem::path& file);

/// Makes the entries of `folder` durable. Without this, a loss of power can remove a new file from
/// its folder, even if the file itself was synced. Throws std::system_error, with a sentence for a
/// person.
void sync_folder(const std::filesystem::path& folder);

/// Makes the entry of `folder` in its parent durable, unless this process may not read the parent.
/// Throws std::system_error, with a sentence for a person.
void sync_entry_of(const std::filesystem::path& folder);

}  // namespace lottery
