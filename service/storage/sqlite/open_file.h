#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>

namespace lottery {

/// A regular file that is open. Symbolic links are not followed.
///
/// If this is the database or its -shm, it must be opened before, and closed after, every SQLite
/// connection of this process to that database: closing any descriptor of a file ends the locks
/// that the process has on it (POSIX, fcntl). Errors are std::system_error, with a sentence.
class OpenFile {
 public:
  /// `flags` are those of open(2). Returns nothing if no file is at `path`. Throws DatabaseError if
  /// something else than a regular file is there.
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

  /// Reads bytes at `offset` until `into` is full or the file ends, and returns how many.
  std::size_t read_at(off_t offset, std::span<unsigned char> into) const;

  /// Writes all of `bytes` at `offset`.
  void write_at(off_t offset, std::span<const unsigned char> bytes) const;

  /// Makes content and size durable.
  void sync() const;

  /// Takes away the permissions that are not in `mode`, if this process may (it is the owner's or
  /// root's).
  void restrict_mode(mode_t mode) const;

  /// Gives it exactly this mode.
  void set_mode(mode_t mode) const;

 private:
  OpenFile(std::filesystem::path path, int descriptor);

  std::filesystem::path path_;
  int descriptor_;
};

}  // namespace lottery
