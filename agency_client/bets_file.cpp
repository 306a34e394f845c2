#include "agency_client/bets_file.h"

#include <cerrno>
#include <system_error>
#include <utility>
#include <variant>

#include "protocol/bet.h"
#include "protocol/text.h"

namespace lottery {
namespace {

// Longer than any bet. Of a longer line no more than this is kept, so that a file without line ends
// takes no more memory than another.
constexpr std::size_t line_bytes_max = 1024;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

}  // namespace

BetsFile::BetsFile(std::filesystem::path path) : path_(std::move(path)) {
  std::error_code failure;
  const auto status = std::filesystem::status(path_, failure);
  if (!failure && !std::filesystem::is_regular_file(status)) {
    throw BetsFileError("the bets file " + path_.string() + " is no regular file");
  }
  errno = 0;
  stream_.open(path_, std::ios::binary);
  if (!stream_) {
    throw BetsFileError("the bets file " + path_.string() +
                        " can't be read: " + std::generic_category().message(errno));
  }
}

BetsFileCheck BetsFile::check(std::size_t first_bad_rows_max) {
  BetsFileCheck found;
  BooksBalance balance;
  while (read_line()) {
    auto reason = problem();
    if (!reason) {
      line_ += '\n';
      balance.add(line_, 1);
      continue;
    }
    ++found.bad_rows;
    if (found.first_bad_rows.size() < first_bad_rows_max) {
      found.first_bad_rows.push_back({line_number_, *std::move(reason)});
    }
  }
  found.books = balance.books();
  rewind();
  return found;
}

void BetsFile::rewind() {
  stream_.clear();
  stream_.seekg(0);
  line_number_ = 0;
}

std::optional<std::string_view> BetsFile::next_bet() {
  if (!read_line()) return {};
  if (const auto reason = problem()) {
    throw BetsFileError("the bets file " + path_.string() +
                        " has changed while it was sent: line " + std::to_string(line_number_) +
                        " " + *reason);
  }
  return line_;
}

bool BetsFile::read_line() {
  line_.clear();
  std::streambuf& buffer = *stream_.rdbuf();
  constexpr int end_of_file = std::char_traits<char>::eof();
  int next = end_of_file;
  bool any = false;
  try {
    while ((next = buffer.sbumpc()) != end_of_file) {
      any = true;
      if (next == '\n') break;
      if (line_.size() <= line_bytes_max) line_ += static_cast<char>(next);
    }
  } catch (const std::ios_base::failure& error) {
    throw BetsFileError("the bets file " + path_.string() +
                        " can't be read: " + error.code().message());
  }
  if (!any) return false;
  ++line_number_;
  if (next == '\n' && line_.ends_with('\r')) line_.pop_back();
  return true;
}

std::optional<std::string> BetsFile::problem() const {
  if (line_.size() > line_bytes_max) {
    return "is longer than " + std::to_string(line_bytes_max) + " bytes: " + in_quotes(line_);
  }
  if (line_number_ == 1 && line_.starts_with(byte_order_mark)) {
    return "begins with a byte order mark, which would become part of the first name";
  }
  if (!is_utf8(line_)) return "is not UTF-8: " + in_quotes(line_);
  auto parsed = parse_bet(line_);
  if (auto* invalid = std::get_if<InvalidBet>(&parsed)) return std::move(invalid->problem);
  return {};
}

}  // namespace lottery
