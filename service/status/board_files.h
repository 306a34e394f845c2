#pragma once

#include <span>
#include <string_view>

namespace lottery {

/// A file of the board, embedded at build time.
struct BoardFile {
  std::string_view path;  ///< such as "/board.css"; index.html has "/"
  std::string_view content_type;
  std::string_view text;
};

/// All files of service/status/board/.
std::span<const BoardFile> board_files();

}  // namespace lottery
