#pragma once

#include <filesystem>
#include <stdexcept>
#include <string_view>

namespace lottery {

/// A file can't be written; says which, and why.
class WholeFileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Writes `content` into the file `path`, whole or not at all, and replaces what is there.
///
/// The content goes into a new file with a random name in the same folder, which is synced and then
/// renamed to `path`. Its mode is 0640 less the umask, and less what the regular file that it
/// replaces does not allow. A symbolic link at `path` is replaced and not followed, and no file
/// that exists under the random name is written to. Anything else at `path` that is no regular
/// file, such as a device, is refused, and so is a link to it. A process that is killed meanwhile
/// may leave the new file behind. Throws WholeFileError.
void write_whole_file(const std::filesystem::path& path, std::string_view content);

}  // namespace lottery
