#pragma once

#include <span>
#include <string_view>

namespace lottery {

/// A file of the board, embedded when the program was built.
struct BoardFile {
  std::string_view path;  ///< for example "/board.css"; "/" for index.html
  std::string_view content_type;
  std::string_view text;
};

/// All files of service/status/board/.
std::span<const BoardFile> board_files();

}  // namespace lottery
