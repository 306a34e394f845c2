#pragma once

#include <string>
#include <string_view>

/// Standard input, output and error of both programs.
namespace lottery {

/// Opens /dev/null on each of the descriptors 0 to 2 that is closed: 0 for reading, 1 and 2 for
/// writing. Call it first in main(). Otherwise the next file that the program opens, for example
/// the database, becomes its standard output, and log lines are written into it. Throws
/// std::system_error.
void open_closed_standard_streams();

/// Writes `text` to standard output, in one system call if possible, so that lines of several
/// programs on one pipe do not mix. Returns false, with errno set, if not all of it was written.
/// Any thread.
[[nodiscard]] bool write_to_standard_output(std::string_view text) noexcept;

/// Writes `text` to standard output, waiting for a slow reader. Remembers a failure for
/// throw_if_output_is_lost(). Any thread.
void print(std::string_view text) noexcept;

/// Throws std::runtime_error if print() has failed at any time.
void throw_if_output_is_lost();

/// Writes "`place`: `sentence`" as one line to standard error. `place` is the program, or a line of
/// a file. Both output streams of a program often go into one file, so the line is made
/// printable(), with `|` as \x7C: it can't look like a log line, even if other people wrote parts
/// of it. Failures are ignored, because there is nowhere to report them. Any thread.
void print_error(std::string_view place, std::string_view sentence);

}  // namespace lottery
