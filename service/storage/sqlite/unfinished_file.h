#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>

#include "program/descriptor.h"

/// Files that get their name only when they are complete and synced. The functions and the class
/// throw std::runtime_error, with a sentence that names the file.
namespace lottery {

/// The owner and the permissions of a file that contains bets.
struct FileAccess {
  mode_t mode = 0640;          ///< between 0600 and 0640
  std::optional<uid_t> owner;  ///< empty: the user who creates the file
  std::optional<gid_t> group;  ///< empty: the group that the folder gives

  /// The access for a copy of the file at `path`: the same group, and for the group and others at
  /// most the file's own permissions and at most 0640.
  static FileAccess of_copy(const std::filesystem::path& path);

  /// The same for a file that replaces the file at `path`: it also gets the file's owner, if the
  /// process may change owners.
  static FileAccess of_replacement(const std::filesystem::path& path);
};

/// `name` for number 1, then `name`-2, `name`-3 and so on.
std::filesystem::path numbered_name(const std::filesystem::path& name, int number);

/// Syncs the file at `path`, or the entries of the folder at `path`.
void sync_path(const std::filesystem::path& path);

/// Syncs the entries of the folder that `path` is in.
void sync_folder_of(const std::filesystem::path& path);

/// Renames `from` to `to`, which must be in the same file system. Returns false, without any
/// change, if `to` exists.
bool rename_to_new(const std::filesystem::path& from, const std::filesystem::path& to);

/// Renames `from` to `to`, or to `to`-2, `to`-3 and so on if that name is taken. Returns the new
/// name.
std::filesystem::path rename_to_free(const std::filesystem::path& from,
                                     const std::filesystem::path& to);

/// A new, empty file next to another file, named `base`.unfinished-N. Unless it was published, the
/// destructor deletes it and the files that SQLite has created for it. If the process is killed
/// first, the next process that makes such a file for the same base deletes it: each file is locked
/// (flock) by the process that makes it.
class UnfinishedFile {
 public:
  /// The file has mode 0600 when it is created, and then gets the requested access. If its group
  /// can't be set, its mode stays 0600.
  UnfinishedFile(const std::filesystem::path& base, const FileAccess& access);
  ~UnfinishedFile();
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }

  /// Syncs the file, renames it to `name` and syncs the folder. Returns false, without a change of
  /// names, if `name` exists.
  bool publish_as(const std::filesystem::path& name);

  /// The same, with `name`-2, `name`-3 and so on if the name is taken. Returns the name of the
  /// file.
  std::filesystem::path publish_as_free(const std::filesystem::path& name);

  /// Deletes the unfinished files of `base` that killed processes have left behind.
  static void delete_left_behind(const std::filesystem::path& base);

 private:
  static void delete_with_side_files(const std::filesystem::path& path) noexcept;

  std::filesystem::path path_;
  Descriptor lock_;
  bool is_published_ = false;
};

}  // namespace lottery
