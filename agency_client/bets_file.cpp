#include "agency_client/bets_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>
#include <variant>

#include "agency_client/bets_file_guesses.h"
#include "protocol/bet.h"
#include "text/printable.h"
#include "text/utf8.h"

namespace lottery {
namespace {

constexpr std::size_t line_bytes_max = 1024;  // longer than any bet

constexpr std::size_t buffer_bytes = 64UL * 1024;  // far more than that

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

}  // namespace

BetsFile::BetsFile(std::filesystem::path path, Interruption stop)
    : path_(std::move(path)), stop_(stop), buffer_(buffer_bytes) {
  std::error_code failure;
  const auto status = std::filesystem::status(path_, failure);
  if (!failure && !std::filesystem::is_regular_file(status)) {
    throw BetsFileError("the bets file " + path_.string() + " is not a regular file");
  }
  errno = 0;
  stream_.open(path_, std::ios::binary);
  if (!stream_) {
    throw BetsFileError("the bets file " + path_.string() +
                        " can't be read: " + std::generic_category().message(errno));
  }
}

BetsFileCheck BetsFile::check(std::size_t first_bad_rows_max) {
  const auto version_before = version();
  good_version_.reset();
  BetsFileCheck found;
  BooksBalance balance;
  std::size_t scanned = 0;
  if (begin_ == end_ && read_more(scanned)) {
    found.wrong_encoding = guess_wide_encoding({buffer_.data(), end_});
    if (!found.wrong_encoding.empty()) {
      rewind();
      return found;
    }
  }
  while (read_line()) {
    auto reason = problem();
    if (!reason) {
      balance.add_line(line_);
      if (auto strange = guess_spoiled_field(line_)) {
        if (++found.strange_rows == 1)
          found.first_strange_row = {line_number_, *std::move(strange)};
      }
      continue;
    }
    ++found.invalid_rows;
    if (found.first_invalid_rows.size() < first_bad_rows_max) {
      found.first_invalid_rows.push_back({line_number_, *std::move(reason)});
    }
  }
  found.books = balance.books();
  if (found.invalid_rows == 0) good_version_ = version_before;
  rewind();
  return found;
}

void BetsFile::rewind() {
  stream_.clear();
  stream_.seekg(0);
  begin_ = 0;
  end_ = 0;
  line_number_ = 0;
}

std::optional<std::string_view> BetsFile::next_bet() {
  if (!read_line()) return {};
  if (is_known_good_) return line_;
  if (const auto reason = problem()) {
    throw BetsFileError("the bets file " + path_.string() +
                        " changed while it was being sent: line " + std::to_string(line_number_) +
                        " " + *reason);
  }
  return line_;
}

std::optional<BetsFile::Version> BetsFile::version() const noexcept {
  std::error_code failure;
  const std::uintmax_t bytes = std::filesystem::file_size(path_, failure);
  if (failure) return {};
  const auto written_at = std::filesystem::last_write_time(path_, failure);
  if (failure) return {};
  return Version{bytes, written_at};
}

bool BetsFile::read_line() {
  std::size_t scanned = begin_;
  for (;;) {
    const void* const found = std::memchr(buffer_.data() + scanned, '\n', end_ - scanned);
    if (found != nullptr) {
      const auto line_end =
          static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
      take_line(line_end);
      has_line_end_ = true;
      if (line_.ends_with('\r')) line_.remove_suffix(1);
      begin_ = line_end + 1;
      return true;
    }
    scanned = end_;
    if (begin_ == 0 && end_ == buffer_.size()) {
      // Far longer than any bet: the stored part shows that, and the rest is skipped.
      end_ = line_bytes_max + 1;
      scanned = end_;
    }
    if (!read_more(scanned)) break;
  }
  if (begin_ == end_) return false;
  take_line(end_);  // the last line, without a line end
  has_line_end_ = false;
  begin_ = end_;
  return true;
}

void BetsFile::take_line(std::size_t line_end) {
  line_ = std::string_view(buffer_.data() + begin_, line_end - begin_);
  ++line_number_;
}

bool BetsFile::read_more(std::size_t& scanned) {
  stop_.throw_if_come();
  std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
            buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
  end_ -= begin_;
  scanned -= begin_;
  begin_ = 0;
  try {
    const auto bytes = stream_.rdbuf()->sgetn(buffer_.data() + end_,
                                              static_cast<std::streamsize>(buffer_.size() - end_));
    end_ += static_cast<std::size_t>(bytes);
    is_known_good_ = good_version_ && version() == good_version_;
    return bytes != 0;
  } catch (const std::ios_base::failure& error) {
    throw BetsFileError("the bets file " + path_.string() +
                        " can't be read: " + error.code().message());
  }
}

std::optional<std::string> BetsFile::problem() const {
  if (line_.size() > line_bytes_max) {
    return "is longer than " + std::to_string(line_bytes_max) + " bytes: " + in_quotes(line_) +
           guess_layout(line_, line_number_ == 1);
  }
  if (line_number_ == 1 && line_.starts_with(byte_order_mark)) {
    return "begins with a byte order mark (UTF-8), which would become part of the first name: "
           "delete these three bytes (tail -c +4)";
  }
  if (!is_utf8(line_)) return "is not UTF-8: " + in_quotes(line_) + guess_byte_encoding(line_);
  auto parsed = parse_bet(line_);
  if (const auto* invalid = std::get_if<InvalidBet>(&parsed)) {
    return invalid->problem + guess_layout(line_, line_number_ == 1) +
           (has_line_end_ ? "" : "; it is the last row and has no line end");
  }
  if (!has_line_end_) {
    return "has no line end, so the file may have been cut off: " + in_quotes(line_) +
           "; if the row is complete, add a line end (echo >>FILE)";
  }
  return {};
}

}  // namespace lottery
