#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace lottery {

/// The fields of a database's first page that identify the database and its age (SQLite, "Database
/// File Format", 1.3).
struct DatabaseHeader {
  static constexpr std::size_t bytes = 100;

  std::uint32_t page_bytes = 0;
  bool is_in_wal_mode = false;
  std::uint32_t change_counter = 0;    ///< grows by 0 or 1 per write of page 1
  std::optional<std::uint32_t> pages;  ///< nothing if its writer did not know it
  std::uint32_t schema_cookie = 0;     ///< grows by 1 with each schema change
};

/// Reads a header. Returns nothing if `bytes` is not the beginning of a database.
std::optional<DatabaseHeader> parse_database_header(
    std::span<const unsigned char, DatabaseHeader::bytes> bytes);

/// The 32-bit number at `at`. Numbers in SQLite's files are big-endian.
std::uint32_t big_endian(std::span<const unsigned char> bytes, std::size_t at);

/// True if SQLite supports pages of this size.
bool is_page_size(std::uint32_t bytes);

}  // namespace lottery
