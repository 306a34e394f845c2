#pragma once

#include <cstdint>
#include <vector>

#include "service/storage/sqlite/database_header.h"
#include "service/storage/sqlite/open_file.h"

namespace lottery {

/// What SQLite would recover from a WAL: its frames up to the last commit frame, as far as salts
/// and checksums are correct (SQLite, "WAL-mode File Format", 4).
struct WalFrames {
  std::uint32_t page_bytes = 0;
  std::uint32_t database_pages = 0;     ///< size of the database after the last commit
  std::vector<std::uint32_t> pages;     ///< of each frame, in the order of writing
  std::vector<DatabaseHeader> headers;  ///< of each frame of page 1, in the order of writing
};

/// Reads a WAL. There are no frames if it is empty, has a torn header, or has begun anew without a
/// commit since. Throws std::system_error.
WalFrames read_wal_frames(const OpenFile& wal);

}  // namespace lottery
