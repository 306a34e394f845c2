#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>

namespace lottery {

/// An open regular file. Symbolic links are not followed.
///
/// If the file is the database or its -shm, open it before, and close it after, all SQLite
/// connections of this process to that database: closing any descriptor of a file releases all
/// locks of the process on it (POSIX, fcntl). Errors are std::system_error, with a sentence for a
/// person.
class OpenFile {
 public:
  /// `flags` are those of open(2). Returns nothing if no file is at `path`. Throws DatabaseError if
  /// `path` is not a regular file.
  static std::optional<OpenFile> open(const std::filesystem::path& path, int flags,
                                      mode_t mode_if_created = 0);

  OpenFile(OpenFile&& other) noexcept;
  OpenFile& operator=(OpenFile&&) = delete;
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile();

  int descriptor() const noexcept { return descriptor_; }
  const std::filesystem::path& path() const noexcept { return path_; }

  off_t size() const;

  /// Reads at `offset` until `into` is full or the file ends. Returns the number of bytes read.
  std::size_t read_at(off_t offset, std::span<unsigned char> into) const;

  /// Writes all of `bytes` at `offset`.
  void write_at(off_t offset, std::span<const unsigned char> bytes) const;

  /// Makes the content and the size durable.
  void sync() const;

  /// Removes the permissions that are not in `mode`, if this process may do so (as owner or root).
  void restrict_mode(mode_t mode) const;

  /// Sets exactly this mode.
  void set_mode(mode_t mode) const;

 private:
  OpenFile(std::filesystem::path path, int descriptor);

  std::filesystem::path path_;
  int descriptor_;
};

}  // namespace lottery
