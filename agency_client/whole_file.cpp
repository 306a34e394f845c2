#include "agency_client/whole_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <random>
#include <string>
#include <system_error>
#include <utility>

#include "program/descriptor.h"

namespace lottery {
namespace {

constexpr mode_t file_mode = 0640;

/// How many names are tried for the new file if names are already taken.
constexpr int names_max = 16;

/// Deletes a file in `folder` at the end, unless it was renamed.
class NewFile {
 public:
  NewFile(int folder, std::string name) : folder_(folder), name_(std::move(name)) {}
  ~NewFile() {
    if (!renamed_) ::unlinkat(folder_, name_.c_str(), 0);
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  bool rename_to(const std::string& name) noexcept {
    renamed_ = ::renameat(folder_, name_.c_str(), folder_, name.c_str()) == 0;
    return renamed_;
  }

 private:
  int folder_;
  std::string name_;
  bool renamed_ = false;
};

std::string random_name(const std::string& name) {
  std::random_device random;
  const std::uint64_t number = (std::uint64_t{random()} << 32U) | random();
  std::array<char, 16> digits{};
  const char* const end =
      std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
  return "." + name + "." +
         std::string(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

bool write_all(int file, std::string_view content) noexcept {
  while (!content.empty()) {
    const ssize_t written = ::write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

void write_whole_file(const std::filesystem::path& path, std::string_view content) {
  const auto failure = [&](const std::string& why) {
    return WholeFileError("the file " + path.string() + " can't be written: " + why);
  };
  const auto system_failure = [&] { return failure(std::generic_category().message(errno)); };

  const std::string name = path.filename().string();
  if (name.empty()) throw failure("this is not the path of a file");
  const std::filesystem::path parent = path.has_parent_path() ? path.parent_path() : ".";
  const Descriptor folder(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open()) throw system_failure();
  mode_t mode = file_mode;
  struct stat there {};
  if (::fstatat(folder.value(), name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0) {
    if (S_ISLNK(there.st_mode)) {
      // A link to a device or pipe, such as /dev/stdout, must not be replaced by a file.
      struct stat target {};
      if (::fstatat(folder.value(), name.c_str(), &target, 0) == 0 && !S_ISREG(target.st_mode)) {
        throw failure("it is a link to something that is not a regular file");
      }
    } else if (S_ISREG(there.st_mode)) {
      mode &= there.st_mode;
    } else {
      throw failure("it is not a regular file");
    }
  } else if (errno != ENOENT) {
    throw system_failure();
  }

  std::string new_name;
  Descriptor file;
  for (int i = 0; i < names_max && !file.is_open(); ++i) {
    new_name = random_name(name);
    file = Descriptor(::openat(folder.value(), new_name.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!file.is_open() && errno != EEXIST) break;
  }
  if (!file.is_open()) throw system_failure();
  NewFile new_file(folder.value(), new_name);
  const bool is_written = write_all(file.value(), content) && ::fsync(file.value()) == 0;
  if (!is_written || !new_file.rename_to(name)) throw system_failure();
}

}  // namespace lottery
