#pragma once

#include <filesystem>
#include <stdexcept>
#include <string_view>

namespace lottery {

/// A file can't be written. The sentence says which one and why.
class WholeFileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Writes `content` to the file `path` completely or not at all, and replaces an existing file.
///
/// The content is written to a new file with a random name in the same folder, which is synced and
/// then renamed to `path`. The file's mode is 0640, reduced by the umask and by the mode of the
/// regular file that it replaces. An existing file with the random name is never written to. A
/// symbolic link at `path` is replaced, not followed, unless it leads to something other than a
/// regular file, such as a device: such a link is refused, as is a device or folder at `path`
/// itself. If the process is killed, the new file may remain. Throws WholeFileError.
void write_whole_file(const std::filesystem::path& path, std::string_view content);

}  // namespace lottery
