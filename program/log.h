#pragma once

#include <Poco/Logger.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "program/settings.h"

/// The log: lines on standard output that the lottery's tools look for, such as
///
///     2026-11-23 10:00:00 INFO     action: config | result: success | service.port: 12345
namespace lottery {

/// Makes the channels `StandardOutput` and `BackgroundOutput` (background_output.h) and the
/// formatter `LotteryLine` known to Poco's logging. Call it once, before the logging is configured.
void register_log_classes();

/// Who writes a line to standard output.
enum class LogWriter : std::uint8_t {
  whoever_logs,      ///< at once
  background_thread  ///< a moment later, and nobody waits
};

/// The `logging.*` settings that send the lines above to standard output.
std::vector<Setting> log_settings(LogWriter writer);

/// The line of `message`, without its end: local time, the level in eight columns, and the text.
std::string line_of(const Poco::Message& message);

/// Writes the lines that wait, at the end of a program. Any later line is written at once.
void close_log();

/// The logger that everything in the lottery writes to. Any thread.
Poco::Logger& log();

class LogLine;

/// Logs a line of level information, and returns once it is written or, if the reader of the log is
/// slow, after log_write_wait_max: for what must be in the log before somebody is told. Any thread.
void log_before_telling(const LogLine& line);

/// How long log_before_telling() waits.
constexpr std::chrono::milliseconds log_write_wait_max{5};

/// The parameter of a Poco::Message that has a BackgroundOutput wait until the message is written.
constexpr const char* wait_until_written = "wait_until_written";

/// Builds the text of one line: `action: <action> | result: <result> | <name>: <value> | ...`
///
/// Names and values may be text that other people wrote: they are escaped as append_to_log_field()
/// (printable.h) does, so that no value can look like a field or a line. `action` must be text of
/// this program.
class LogLine {
 public:
  LogLine(std::string_view action, std::string_view result);

  LogLine& field(std::string_view name, std::string_view value);
  LogLine& field(std::string_view name, std::int64_t value);

  const std::string& text() const noexcept { return text_; }

 private:
  void begin_field(std::string_view name);

  std::string text_;
};

/// `config`, with every setting in force that may be told.
LogLine config_line(const Poco::Util::LayeredConfiguration& configuration,
                    std::span<const Setting> settings);

}  // namespace lottery
