#include "service/storage/sqlite/folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace lottery {
namespace {

constexpr mode_t folder_mode = 0750;

std::system_error failed(const std::filesystem::path& folder, const std::string& problem) {
  return {errno, std::generic_category(), "the folder " + folder.string() + " " + problem};
}

/// An open folder.
class OpenFolder {
 public:
  explicit OpenFolder(const std::filesystem::path& path)
      : path_(path),
        descriptor_(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) {
    if (descriptor_ < 0) throw failed(path_, "can't be opened");
  }
  ~OpenFolder() { ::close(descriptor_); }
  OpenFolder(const OpenFolder&) = delete;
  OpenFolder& operator=(const OpenFolder&) = delete;

  void sync() const {
    if (::fsync(descriptor_) != 0) throw failed(path_, "can't be synced");
  }

  /// Removes permissions beyond folder_mode, if the folder belongs to this process's user.
  void restrict_own() const {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) throw failed(path_, "can't be examined");
    const mode_t more = status.st_mode & 0777U & ~folder_mode;
    if (status.st_uid != ::geteuid() || more == 0) return;
    if (::fchmod(descriptor_, status.st_mode & 07777U & ~more) != 0) {
      throw failed(path_, "can't be given its mode");
    }
  }

  /// Sets folder_mode, and keeps the setgid bit, by which new files inherit the group.
  void restrict() const {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0 ||
        ::fchmod(descriptor_, folder_mode | (status.st_mode & S_ISGID)) != 0) {
      throw failed(path_, "can't be given its mode");
    }
  }

 private:
  std::filesystem::path path_;
  int descriptor_;
};

}  // namespace

void make_folder(const std::filesystem::path& folder) {
  if (std::filesystem::is_directory(folder)) return;
  const std::filesystem::path parent = folder.parent_path();
  if (parent != folder) make_folder(parent);
  if (::mkdir(folder.c_str(), folder_mode) == 0) {
    OpenFolder(folder).restrict();
  } else if (errno != EEXIST || !std::filesystem::is_directory(folder)) {
    throw failed(folder, "can't be created");
  }
  sync_folder(parent);
}

void restrict_folder_of(const std::filesystem::path& file) {
  const std::string name = file.filename();
  for (const auto& entry : std::filesystem::directory_iterator(file.parent_path())) {
    if (!entry.path().filename().string().starts_with(name)) return;
  }
  OpenFolder(file.parent_path()).restrict_own();
}

void sync_folder(const std::filesystem::path& folder) { OpenFolder(folder).sync(); }

void sync_entry_of(const std::filesystem::path& folder) {
  if (::access(folder.parent_path().c_str(), R_OK) == 0) sync_folder(folder.parent_path());
}

}  // namespace lottery
