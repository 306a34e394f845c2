#pragma once

#include <sys/types.h>

#include <filesystem>

#include "service/storage/sqlite/open_file.h"

namespace lottery {

/// Remembers which file is at a path, and detects that it was deleted, renamed, or replaced by
/// another file or a symbolic link. A process that has the file open can continue to write to it,
/// but all of that is lost when the process ends. Any thread.
class FileIdentity {
 public:
  /// The file at `path`, which must exist. Throws std::system_error.
  explicit FileIdentity(std::filesystem::path path);

  /// The file of an open descriptor. Throws std::system_error.
  explicit FileIdentity(const OpenFile& file);

  /// Throws std::runtime_error, with a sentence, if the path does not lead to this file any more.
  void throw_if_moved() const;

 private:
  std::filesystem::path path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace lottery
