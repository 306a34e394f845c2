#pragma once

#include <string>
#include <string_view>

/// Standard input, output and error of both programs.
namespace lottery {

/// Opens each of the descriptors 0 to 2 that is closed on /dev/null: 0 for reading, 1 and 2 for
/// writing. Call it before anything else in main(). Otherwise the next file that the program opens,
/// such as the database, becomes its standard output, and log lines are written into it.
/// Throws std::system_error.
void open_closed_standard_streams();

/// Writes `text` to standard output, in one system call if that is possible, so that the lines of
/// several programs on one pipe never mix. Returns false, with errno set, if not all of it could be
/// written. Any thread.
[[nodiscard]] bool write_to_standard_output(std::string_view text) noexcept;

/// Writes `text` to standard output, and waits for a slow reader. A failure is remembered, for
/// throw_if_output_is_lost(). Any thread.
void print(std::string_view text) noexcept;

/// Throws std::runtime_error if print() has failed since the program began.
void throw_if_output_is_lost();

/// Writes "`place`: `sentence`" as one line to standard error; `place` is the program, or a line of
/// a file. Both streams of a program often go into one file. Therefore the line is printable(),
/// with
/// `|` as \x7C: it can't look like a log line, even if other people wrote parts of it. There is
/// nowhere to report that this fails. Any thread.
void print_error(std::string_view place, std::string_view sentence);

}  // namespace lottery
