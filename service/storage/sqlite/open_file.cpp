#include "service/storage/sqlite/open_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "service/storage/sqlite/database_error.h"

namespace lottery {
namespace {

constexpr mode_t all_permissions = 07777;

std::system_error failed(const std::filesystem::path& path, const std::string& problem) {
  return {errno, std::generic_category(), path.string() + " " + problem};
}

struct stat status_of(const OpenFile& file) {
  struct stat status {};
  if (::fstat(file.descriptor(), &status) != 0) throw failed(file.path(), "can't be examined");
  return status;
}

}  // namespace

std::optional<OpenFile> OpenFile::open(const std::filesystem::path& path, int flags,
                                       mode_t mode_if_created) {
  // O_NONBLOCK: opening a FIFO must not wait for the other end.
  const int descriptor =
      ::open(path.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, mode_if_created);
  if (descriptor < 0 && errno == ENOENT) return std::nullopt;
  if (descriptor < 0 && errno == ELOOP) {
    throw DatabaseError("the database's file " + path.string() + " is a symbolic link");
  }
  if (descriptor < 0) throw failed(path, "can't be opened");
  OpenFile file(path, descriptor);
  if (!S_ISREG(status_of(file).st_mode)) {
    throw DatabaseError("the database's file " + path.string() + " is not a regular file");
  }
  return file;
}

OpenFile::OpenFile(std::filesystem::path path, int descriptor)
    : path_(std::move(path)), descriptor_(descriptor) {}

OpenFile::OpenFile(OpenFile&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

OpenFile::~OpenFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

off_t OpenFile::size() const { return status_of(*this).st_size; }

std::size_t OpenFile::read_at(off_t offset, std::span<unsigned char> into) const {
  std::size_t bytes = 0;
  while (bytes < into.size()) {
    const ssize_t result = ::pread(descriptor_, into.data() + bytes, into.size() - bytes,
                                   offset + static_cast<off_t>(bytes));
    if (result < 0 && errno == EINTR) continue;
    if (result < 0) throw failed(path_, "can't be read");
    if (result == 0) break;
    bytes += static_cast<std::size_t>(result);
  }
  return bytes;
}

void OpenFile::write_at(off_t offset, std::span<const unsigned char> bytes) const {
  while (!bytes.empty()) {
    const ssize_t result = ::pwrite(descriptor_, bytes.data(), bytes.size(), offset);
    if (result < 0 && errno == EINTR) continue;
    if (result < 0) throw failed(path_, "can't be written");
    bytes = bytes.subspan(static_cast<std::size_t>(result));
    offset += result;
  }
}

void OpenFile::sync() const {
  if (::fsync(descriptor_) != 0) throw failed(path_, "can't be synced");
}

void OpenFile::restrict_mode(mode_t mode) const {
  const struct stat status = status_of(*this);
  const mode_t restricted = status.st_mode & mode;
  if (restricted == (status.st_mode & all_permissions)) return;
  const uid_t user = ::geteuid();
  if (user == status.st_uid || user == 0) set_mode(restricted);
}

void OpenFile::set_mode(mode_t mode) const {
  if (::fchmod(descriptor_, mode) != 0) throw failed(path_, "can't be given its mode");
}

}  // namespace lottery
