#include "service/storage/sqlite/file_identity.h"

#include <sys/stat.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace lottery {

FileIdentity::FileIdentity(std::filesystem::path path) : path_(std::move(path)) {
  struct stat status {};
  if (::lstat(path_.c_str(), &status) != 0) {
    throw std::system_error(errno, std::generic_category(), path_.string());
  }
  device_ = status.st_dev;
  inode_ = status.st_ino;
}

FileIdentity::FileIdentity(const OpenFile& file) : path_(file.path()) {
  struct stat status {};
  if (::fstat(file.descriptor(), &status) != 0) {
    throw std::system_error(errno, std::generic_category(), path_.string());
  }
  device_ = status.st_dev;
  inode_ = status.st_ino;
}

void FileIdentity::throw_if_moved() const {
  struct stat status {};
  if (::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_) {
    return;
  }
  throw std::runtime_error("its file " + path_.string() + " was moved, deleted or replaced");
}

}  // namespace lottery
