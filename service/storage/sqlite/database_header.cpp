#include "service/storage/sqlite/database_header.h"

#include <algorithm>
#include <array>
#include <bit>

namespace lottery {
namespace {

constexpr std::array<unsigned char, 16> magic{'S', 'Q', 'L', 'i', 't', 'e', ' ', 'f',
                                              'o', 'r', 'm', 'a', 't', ' ', '3', '\0'};
constexpr std::uint32_t page_bytes_min = 512;
constexpr std::uint32_t page_bytes_max = 65536;

}  // namespace

std::optional<DatabaseHeader> parse_database_header(
    std::span<const unsigned char, DatabaseHeader::bytes> bytes) {
  if (!std::equal(magic.begin(), magic.end(), bytes.begin())) return std::nullopt;
  // The bytes 0 and 1 mean 65536.
  const std::uint32_t page_bytes = std::uint32_t{bytes[16]} << 8U | std::uint32_t{bytes[17]} << 16U;
  if (!is_page_size(page_bytes)) return std::nullopt;
  DatabaseHeader header{.page_bytes = page_bytes,
                        .is_in_wal_mode = bytes[18] == 2 && bytes[19] == 2,
                        .change_counter = big_endian(bytes, 24),
                        .pages = std::nullopt,
                        .schema_cookie = big_endian(bytes, 40)};
  if (header.change_counter == big_endian(bytes, 92)) header.pages = big_endian(bytes, 28);
  return header;
}

std::uint32_t big_endian(std::span<const unsigned char> bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 24U | std::uint32_t{bytes[at + 1]} << 16U |
         std::uint32_t{bytes[at + 2]} << 8U | std::uint32_t{bytes[at + 3]};
}

bool is_page_size(std::uint32_t bytes) {
  return std::has_single_bit(bytes) && bytes >= page_bytes_min && bytes <= page_bytes_max;
}

}  // namespace lottery
