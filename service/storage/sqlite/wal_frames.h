#pragma once

#include <cstdint>
#include <vector>

#include "service/storage/sqlite/database_header.h"
#include "service/storage/sqlite/open_file.h"

namespace lottery {

/// What SQLite recovers from a WAL: its frames up to the last commit frame whose salts and
/// checksums are valid (SQLite, "WAL-mode File Format", 4).
struct WalFrames {
  std::uint32_t page_bytes = 0;
  std::uint32_t database_pages = 0;     ///< after the last commit
  std::vector<std::uint32_t> pages;     ///< of each frame, in the order of writing
  std::vector<DatabaseHeader> headers;  ///< of each frame of page 1, in the order of writing
};

/// Reads a WAL. A WAL that is empty, has a torn header, or has restarted without a commit since,
/// has no frames. Throws std::system_error.
WalFrames read_wal_frames(const OpenFile& wal);

}  // namespace lottery
