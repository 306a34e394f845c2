#include "service/storage/sqlite/unfinished_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace lottery {
namespace {

constexpr mode_t mode_max = 0640;
constexpr mode_t owners_bits = 0600;
constexpr int names_max = 1000;

[[noreturn]] void throw_errno(const std::filesystem::path& path, const std::string& what) {
  throw std::runtime_error("the file " + path.string() + " " + what + ": " +
                           std::generic_category().message(errno));
}

struct stat status_of(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) throw_errno(path, "can't be examined");
  return status;
}

std::filesystem::path unfinished_name(const std::filesystem::path& base, int number) {
  return base.string() + ".unfinished-" + std::to_string(number);
}

/// Returns false if another process holds the lock.
bool lock(int descriptor) { return ::flock(descriptor, LOCK_EX | LOCK_NB) == 0; }

/// True if the file open as `descriptor` still has this name.
bool is_at(const std::filesystem::path& path, int descriptor) {
  struct stat named {};
  struct stat open {};
  return ::lstat(path.c_str(), &named) == 0 && ::fstat(descriptor, &open) == 0 &&
         named.st_dev == open.st_dev && named.st_ino == open.st_ino;
}

/// Sets the access of the new file that is open as `descriptor`.
void set_access(int descriptor, const std::filesystem::path& path, const FileAccess& access) {
  constexpr auto unchanged = static_cast<uid_t>(-1);
  if (access.owner && ::fchown(descriptor, *access.owner, unchanged) != 0) {
    throw_errno(path, "can't be given to the database's owner");
  }
  mode_t mode = access.mode & mode_max;
  if (access.group && ::fchown(descriptor, unchanged, *access.group) != 0) {
    // Another group may contain people who can't read the database.
    mode &= owners_bits;
  }
  if (::fchmod(descriptor, mode) != 0) throw_errno(path, "can't be given its mode");
}

}  // namespace

FileAccess FileAccess::of_copy(const std::filesystem::path& path) {
  const struct stat status = status_of(path);
  return {.mode = (status.st_mode & mode_max) | owners_bits, .owner = {}, .group = status.st_gid};
}

FileAccess FileAccess::of_replacement(const std::filesystem::path& path) {
  FileAccess access = of_copy(path);
  if (::geteuid() == 0) access.owner = status_of(path).st_uid;
  return access;
}

std::filesystem::path numbered_name(const std::filesystem::path& name, int number) {
  if (number == 1) return name;
  return name.string() + "-" + std::to_string(number);
}

void sync_path(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw_errno(path, "can't be opened to sync it");
  const int result = ::fsync(descriptor);
  const int error = errno;
  ::close(descriptor);
  errno = error;
  if (result != 0) throw_errno(path, "can't be synced");
}

void sync_folder_of(const std::filesystem::path& path) {
  sync_path(path.has_parent_path() ? path.parent_path() : ".");
}

bool rename_to_new(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno == EINVAL || errno == ENOSYS) {
    // This file system does not support that kind of rename. A link does not replace anything
    // either.
    if (::link(from.c_str(), to.c_str()) == 0) {
      if (::unlink(from.c_str()) != 0) throw_errno(from, "can't be removed under its old name");
      return true;
    }
  }
  if (errno == EEXIST) return false;
  throw_errno(from, "can't be renamed to " + to.string());
}

std::filesystem::path rename_to_free(const std::filesystem::path& from,
                                     const std::filesystem::path& to) {
  for (int i = 1; i <= names_max; ++i) {
    std::filesystem::path name = numbered_name(to, i);
    if (rename_to_new(from, name)) return name;
  }
  throw std::runtime_error("too many files are named like " + to.string());
}

UnfinishedFile::UnfinishedFile(const std::filesystem::path& base, const FileAccess& access) {
  delete_left_behind(base);
  for (int i = 1; i <= names_max && !lock_.is_open(); ++i) {
    path_ = unfinished_name(base, i);
    Descriptor file(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, owners_bits));
    if (!file.is_open() && errno != EEXIST) throw_errno(base, "can't be written");
    // Before it was locked, another process may have deleted it as a leftover.
    if (file.is_open() && lock(file.value()) && is_at(path_, file.value())) lock_ = std::move(file);
  }
  if (!lock_.is_open()) {
    throw std::runtime_error("there are too many unfinished copies beside " + base.string());
  }
  try {
    set_access(lock_.value(), path_, access);
  } catch (...) {
    delete_with_side_files(path_);
    throw;
  }
}

UnfinishedFile::~UnfinishedFile() {
  if (!is_published_) delete_with_side_files(path_);
}

bool UnfinishedFile::publish_as(const std::filesystem::path& name) {
  sync_path(path_);
  is_published_ = rename_to_new(path_, name);
  if (is_published_) {
    lock_ = Descriptor();
    sync_folder_of(name);
  }
  return is_published_;
}

std::filesystem::path UnfinishedFile::publish_as_free(const std::filesystem::path& name) {
  sync_path(path_);
  std::filesystem::path published = rename_to_free(path_, name);
  is_published_ = true;
  lock_ = Descriptor();
  sync_folder_of(published);
  return published;
}

void UnfinishedFile::delete_left_behind(const std::filesystem::path& base) {
  for (int i = 1; i <= names_max; ++i) {
    const std::filesystem::path path = unfinished_name(base, i);
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!file.is_open() && errno == ENOENT) return;
    if (file.is_open() && lock(file.value()) && is_at(path, file.value())) {
      delete_with_side_files(path);
    }
  }
}

void UnfinishedFile::delete_with_side_files(const std::filesystem::path& path) noexcept {
  for (const char* suffix : {"", "-journal", "-wal", "-shm"}) {
    ::unlink((path.string() + suffix).c_str());
  }
}

}  // namespace lottery
