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

/// A file of bets that can't be read, or has changed under its reader.
class BetsFileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A row that is no bet.
struct InvalidRow {
  std::int64_t line = 0;  ///< from 1
  std::string reason;
};

/// What a look over a whole file has found.
struct BetsFileCheck {
  Books books;                                 ///< the balance of the good rows
  std::int64_t invalid_rows = 0;               ///< all of them
  std::vector<InvalidRow> first_invalid_rows;  ///< as many of them as were asked for

  /// Good rows with a field that a spreadsheet seems to have spoiled, such as the document
  /// `3.09E+07`.
  std::int64_t strange_rows = 0;
  std::optional<InvalidRow> first_strange_row;

  /// If not empty: the file is in this encoding, in a sentence, and its rows were not looked at.
  std::string wrong_encoding;

  /// True if the file can be sent.
  bool is_good() const noexcept { return invalid_rows == 0 && wrong_encoding.empty(); }
};

/// A CSV file of bets, `first_name,last_name,document,birthdate,number` a row, UTF-8, no header and
/// no quoting. Rows end with LF or CR LF. A last row without its end is no bet: it may have been
/// cut off. A row's bytes are those that travel. Memory does not depend on the size of the file.
/// Calls that read may throw Interrupted. One thread at a time.
class BetsFile {
 public:
  /// `stop` ends the reading. Throws BetsFileError if `path` is no file that can be read.
  explicit BetsFile(std::filesystem::path path, Interruption stop = {});

  /// Reads the whole file, and goes back to its start. Throws BetsFileError if reading fails.
  BetsFileCheck check(std::size_t first_bad_rows_max);

  /// The next row, without its line end, until the next call; nothing at the end of the file.
  /// Throws BetsFileError if reading fails or the row is no bet: after a check(), the file has
  /// changed. Rows that a check() found good are not examined again while the file's size and time
  /// of change are what they were.
  std::optional<std::string_view> next_bet();

  /// Goes back to the first row.
  void rewind();

  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  /// What tells whether a file has been written to.
  struct Version {
    std::uintmax_t bytes = 0;
    std::filesystem::file_time_type written_at;

    bool operator==(const Version&) const = default;
  };

  /// Nothing if it can't be known.
  std::optional<Version> version() const noexcept;

  /// Reads the next line into line_; false at the end of the file.
  bool read_line();

  /// Makes a line of what was not read yet, up to `line_end`.
  void take_line(std::size_t line_end);

  /// Moves what was not read yet, and `scanned` with it, to the buffer's start, and reads more
  /// behind it; false at the end of the file.
  bool read_more(std::size_t& scanned);

  /// What is wrong with line_, if anything.
  std::optional<std::string> problem() const;

  std::filesystem::path path_;
  Interruption stop_;
  std::ifstream stream_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // of what is in buffer_ and was not read yet
  std::size_t end_ = 0;    // of what is in buffer_
  std::string_view line_;  // in buffer_, without its line end; cut where it is longer than any bet
  bool has_line_end_ = false;  // line_
  std::int64_t line_number_ = 0;
  std::optional<Version> good_version_;  // in which a check() found every row good
  bool is_known_good_ = false;           // of what was read last
};

}  // namespace lottery
