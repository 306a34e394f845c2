#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "network/interruption.h"
#include "protocol/books.h"

namespace lottery {

/// A bets file can't be read, or has changed while it was being read.
class BetsFileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A row that is not a valid bet.
struct InvalidRow {
  std::int64_t line = 0;  ///< from 1
  std::string reason;
};

/// The result of checking a whole file.
struct BetsFileCheck {
  Books books;                                 ///< the balance of the valid rows
  std::int64_t invalid_rows = 0;               ///< number of invalid rows
  std::vector<InvalidRow> first_invalid_rows;  ///< the first of them, up to the requested number

  /// Valid rows with a field that a spreadsheet seems to have damaged, such as the document
  /// `3.09E+07`.
  std::int64_t strange_rows = 0;
  std::optional<InvalidRow> first_strange_row;

  /// If not empty: the file has this encoding, in a sentence, and its rows were not checked.
  std::string wrong_encoding;

  /// True if the file can be uploaded.
  bool is_good() const noexcept { return invalid_rows == 0 && wrong_encoding.empty(); }
};

/// A CSV file of bets in UTF-8 with rows `first_name,last_name,document,birthdate,number`, without
/// a header or quoting. Rows end with LF or CR LF. A last row without a line end is not a bet,
/// because it may have been cut off. The bytes of a row are the bytes sent. Memory does not depend
/// on the size of the file. Calls that read may throw Interrupted. One thread at a time.
class BetsFile {
 public:
  /// `stop` ends reading. Throws BetsFileError if `path` is not a readable file.
  explicit BetsFile(std::filesystem::path path, Interruption stop = {});

  /// Reads the whole file, and returns to its start. Throws BetsFileError if reading fails.
  BetsFileCheck check(std::size_t first_bad_rows_max);

  /// The next row without its line end, valid until the next call; empty at the end of the file.
  /// Throws BetsFileError if reading fails or the row is not a bet (after a check(), this means
  /// that the file has changed). Rows that check() has found valid are not checked again while the
  /// file's size and modification time stay the same.
  std::optional<std::string_view> next_bet();

  /// Returns to the first row.
  void rewind();

  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  /// Shows whether a file has been written to.
  struct Version {
    std::uintmax_t bytes = 0;
    std::filesystem::file_time_type written_at;

    bool operator==(const Version&) const = default;
  };

  /// Empty if unknown.
  std::optional<Version> version() const noexcept;

  /// Reads the next line into line_. Returns false at the end of the file.
  bool read_line();

  /// Takes the unread bytes up to `line_end` as the current line.
  void take_line(std::size_t line_end);

  /// Moves the unread bytes to the start of the buffer (and `scanned` with them), and reads more
  /// after them. Returns false at the end of the file.
  bool read_more(std::size_t& scanned);

  /// What is wrong with line_; empty if nothing is.
  std::optional<std::string> problem() const;

  std::filesystem::path path_;
  Interruption stop_;
  std::ifstream stream_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;      // of the unread bytes in buffer_
  std::size_t end_ = 0;        // end of the bytes in buffer_
  std::string_view line_;      // in buffer_, without line end; truncated if longer than any bet
  bool has_line_end_ = false;  // whether line_ has one
  std::int64_t line_number_ = 0;
  std::optional<Version> good_version_;  // the version in which check() found every row valid
  bool is_known_good_ = false;           // whether the bytes read last are of good_version_
};

}  // namespace lottery
