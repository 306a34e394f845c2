#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Guesses at what is the matter with a bets file that people or their spreadsheets have written.
/// They end in a sentence for a person, and decide nothing. Any thread.
namespace lottery {

/// `begin` is how the file begins. Returns a sentence about the file, such as "is in UTF-16
/// (little-endian), ...", if its characters have two bytes each; otherwise nothing.
std::string guess_wide_encoding(std::string_view begin);

/// `row` is not UTF-8. Returns the end of a sentence that names the encoding that it seems to be
/// in; nothing if that can't be told.
std::string guess_byte_encoding(std::string_view row);

/// `row` is UTF-8, or the beginning of such a row, and no bet. Returns the end of a sentence: the
/// row seems to have semicolons or tabs in the place of commas, to be a header, or to be several
/// rows that end with CR alone. Nothing if it does not.
std::string guess_layout(std::string_view row, bool is_first);

/// `row` is a bet. Returns a sentence if a field seems to be what a spreadsheet has made of it: an
/// error such as `#N/A`, a document in scientific notation such as `3.09E+07`, or a word for a
/// value that is missing.
std::optional<std::string> guess_spoiled_field(std::string_view row);

}  // namespace lottery
