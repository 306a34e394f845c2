#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Guesses at what is wrong with a bets file that people or spreadsheets have written. The guesses
/// only complete a sentence for a person. Any thread.
namespace lottery {

/// `begin` is the beginning of the file. If its characters have two bytes each, returns a sentence
/// about the file, such as "is in UTF-16 (little-endian), ..."; otherwise nothing.
std::string guess_wide_encoding(std::string_view begin);

/// `row` is not valid UTF-8. Returns the end of a sentence that names the encoding that it seems to
/// have; nothing if that can't be guessed.
std::string guess_byte_encoding(std::string_view row);

/// `row` is valid UTF-8 (or the beginning of such a row) and not a bet. Returns the end of a
/// sentence if the row seems to use semicolons or tabs instead of commas, to be a header, or to be
/// several rows that end with CR alone; otherwise nothing.
std::string guess_layout(std::string_view row, bool is_first);

/// `row` is a bet. Returns a sentence if a spreadsheet seems to have changed a field: into an error
/// such as `#N/A`, a document in scientific notation such as `3.09E+07`, or a word for a missing
/// value.
std::optional<std::string> guess_spoiled_field(std::string_view row);

}  // namespace lottery
