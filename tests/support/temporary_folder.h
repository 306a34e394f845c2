#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace lottery::test {

/// A new, empty folder for one test, deleted at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }

  /// The path of `name` in this folder.
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

  /// Writes a file with this content, and returns its path.
  std::filesystem::path write(std::string_view name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

/// The content of a file.
std::string read_file(const std::filesystem::path& path);

}  // namespace lottery::test
