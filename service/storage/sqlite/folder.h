#pragma once

#include <filesystem>

namespace lottery {

/// Creates `folder`, an absolute path, and the missing folders above it, each with mode 0750,
/// whatever the umask is. Each new folder's entry in its parent is synced. A folder that exists is
/// left as it is. Throws std::system_error, with a sentence.
void make_folder(const std::filesystem::path& folder);

/// Takes from the folder of `file`, an absolute path, the permissions that are more than 0750, if
/// the folder is this process's user's and holds nothing but files whose names begin with that of
/// `file`. Other folders are left as they are. Throws std::system_error, with a sentence.
void restrict_folder_of(const std::filesystem::path& file);

/// Makes the entries of `folder` durable: without this, a power loss can take a new file out of its
/// folder, even if the file itself was synced. Throws std::system_error, with a sentence.
void sync_folder(const std::filesystem::path& folder);

/// Makes the entry of `folder` in its parent durable, unless this process may not read the parent.
/// Throws std::system_error, with a sentence.
void sync_entry_of(const std::filesystem::path& folder);

}  // namespace lottery
