#pragma once

#include <sys/types.h>

#include <filesystem>

namespace lottery {

/// Remembers which file is at a path, and notices when it is not any more: deleted, renamed or
/// replaced. A process that has it open can go on writing to it, into no folder, and all of it is
/// lost when the process ends. Any thread.
class FileIdentity {
 public:
  /// A file must be at `path`. Throws std::system_error.
  explicit FileIdentity(std::filesystem::path path);

  /// Throws std::runtime_error, with a sentence, where another file or none is at the path.
  void throw_if_moved() const;

 private:
  std::filesystem::path path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace lottery
