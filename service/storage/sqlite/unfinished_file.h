#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>

#include "service/storage/sqlite/descriptor.h"

/// Files that get their name only when they are whole and on the disk. The functions and the class
/// throw std::runtime_error, with a sentence that names the file.
namespace lottery {

/// Who may use a file that holds bets.
struct FileAccess {
  mode_t mode = 0640;          ///< from 0600 to 0640
  std::optional<uid_t> owner;  ///< the user who creates the file, if there is none
  std::optional<gid_t> group;  ///< the group that the folder gives, if there is none

  /// The access of a copy of the file at `path`: its group, and for others than the owner no more
  /// than they have there, and at most 0640.
  static FileAccess of_copy(const std::filesystem::path& path);

  /// The same for a file that takes the place of the one at `path`: it also gets its owner, if the
  /// process may give files away.
  static FileAccess of_replacement(const std::filesystem::path& path);
};

/// `name` for number 1, and `name`-2, `name`-3 and so on.
std::filesystem::path numbered_name(const std::filesystem::path& name, int number);

/// Syncs the file at `path`, or the entries of the folder at `path`.
void sync_path(const std::filesystem::path& path);

/// Syncs the entries of the folder that `path` is in.
void sync_folder_of(const std::filesystem::path& path);

/// Renames `from` to `to`, which must be in the same file system. Returns false, and has changed
/// nothing then, if there is something at `to` already.
bool rename_to_new(const std::filesystem::path& from, const std::filesystem::path& to);

/// Renames `from` to `to`, or to `to`-2, `to`-3 and so on if that is taken. Returns the new name.
std::filesystem::path rename_to_free(const std::filesystem::path& from,
                                     const std::filesystem::path& to);

/// A new, empty file beside another one, named `base`.unfinished-N. The destructor deletes it, and
/// what SQLite has put beside it, unless it was published. If the process is killed before, then
/// the next one that makes such a file for the same base deletes it: each is locked (flock) by the
/// process that makes it.
class UnfinishedFile {
 public:
  /// The file has mode 0600 from its first moment, and then the access that was asked for. If its
  /// group can't be set, its mode stays 0600.
  UnfinishedFile(const std::filesystem::path& base, const FileAccess& access);
  ~UnfinishedFile();
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }

  /// Syncs the file, renames it to `name` and syncs the folder. Returns false, and has changed no
  /// name then, if there is something at `name` already.
  bool publish_as(const std::filesystem::path& name);

  /// The same, with `name`-2, `name`-3 and so on if the name is taken. Returns the file's name.
  std::filesystem::path publish_as_free(const std::filesystem::path& name);

  /// Deletes the unfinished files of `base` that killed processes have left.
  static void delete_left_behind(const std::filesystem::path& base);

 private:
  static void delete_with_side_files(const std::filesystem::path& path) noexcept;

  std::filesystem::path path_;
  Descriptor lock_;
  bool is_published_ = false;
};

}  // namespace lottery
