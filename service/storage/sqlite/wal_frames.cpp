#include "service/storage/sqlite/wal_frames.h"

#include <sys/types.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace lottery {
namespace {

using Bytes = std::span<const unsigned char>;

constexpr std::uint32_t magic = 0x377F0682;  // the lowest bit is set if checksums are big-endian
constexpr std::uint32_t version = 3007000;
constexpr std::size_t header_bytes = 32;
constexpr std::size_t frame_header_bytes = 24;

std::uint32_t little_endian(Bytes bytes, std::size_t at) {
  return std::uint32_t{bytes[at + 3]} << 24U | std::uint32_t{bytes[at + 2]} << 16U |
         std::uint32_t{bytes[at + 1]} << 8U | std::uint32_t{bytes[at]};
}

/// The checksum of a WAL from its beginning to some frame.
class Checksum {
 public:
  explicit Checksum(bool is_big_endian) : word_(is_big_endian ? big_endian : little_endian) {}

  /// The size of `bytes` must be a multiple of 8.
  void add(Bytes bytes) {
    for (std::size_t at = 0; at < bytes.size(); at += 8) {
      first_ += word_(bytes, at) + second_;
      second_ += word_(bytes, at + 4) + first_;
    }
  }

  bool is_at(Bytes bytes, std::size_t at) const {
    return big_endian(bytes, at) == first_ && big_endian(bytes, at + 4) == second_;
  }

 private:
  std::uint32_t (*word_)(Bytes, std::size_t);
  std::uint32_t first_ = 0;
  std::uint32_t second_ = 0;
};

}  // namespace

WalFrames read_wal_frames(const OpenFile& wal) {
  std::array<unsigned char, header_bytes> header{};
  if (wal.read_at(0, header) < header.size()) return {};
  const std::uint32_t page_bytes = big_endian(header, 8);
  if ((big_endian(header, 0) & ~1U) != magic || big_endian(header, 4) != version ||
      !is_page_size(page_bytes)) {
    return {};
  }
  Checksum checksum((big_endian(header, 0) & 1U) != 0);
  checksum.add(Bytes(header).first(24));
  if (!checksum.is_at(header, 24)) return {};

  WalFrames frames{.page_bytes = page_bytes, .database_pages = 0, .pages = {}, .headers = {}};
  std::size_t committed_pages = 0;
  std::size_t committed_headers = 0;
  const Bytes salts = Bytes(header).subspan(16, 8);
  std::vector<unsigned char> frame(frame_header_bytes + page_bytes);
  const Bytes page = Bytes(frame).subspan(frame_header_bytes);
  for (off_t at = header_bytes; wal.read_at(at, frame) == frame.size();
       at += static_cast<off_t>(frame.size())) {
    const std::uint32_t page_number = big_endian(frame, 0);
    const std::uint32_t database_pages = big_endian(frame, 4);  // 0 if not a commit
    if (page_number == 0 || !std::equal(salts.begin(), salts.end(), frame.begin() + 8)) break;
    checksum.add(Bytes(frame).first(8));
    checksum.add(page);
    if (!checksum.is_at(frame, 16)) break;

    frames.pages.push_back(page_number);
    if (page_number == 1) {
      const auto database = parse_database_header(page.first<DatabaseHeader::bytes>());
      if (database) frames.headers.push_back(*database);
    }
    if (database_pages != 0) {
      frames.database_pages = database_pages;
      committed_pages = frames.pages.size();
      committed_headers = frames.headers.size();
    }
  }
  frames.pages.resize(committed_pages);
  frames.headers.resize(committed_headers);
  return frames;
}

}  // namespace lottery
