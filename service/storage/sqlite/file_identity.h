#pragma once

#include <sys/types.h>

#include <filesystem>

#include "service/storage/sqlite/open_file.h"

namespace lottery {

/// Remembers which file is at a path, and detects that it was deleted, renamed, or replaced by
/// another file or a symbolic link. A process that has the file open can continue to write to it,
/// but everything is lost when the process ends. Any thread.
class FileIdentity {
 public:
  /// Remembers the file at `path`, which must exist. Throws std::system_error.
  explicit FileIdentity(std::filesystem::path path);

  /// Remembers the open file. Throws std::system_error.
  explicit FileIdentity(const OpenFile& file);

  /// Throws std::runtime_error, with a sentence for a person, if no file or another file is at the
  /// path.
  void throw_if_moved() const;

 private:
  std::filesystem::path path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace lottery
