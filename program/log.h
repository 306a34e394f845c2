#pragma once

#include <Poco/Logger.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "program/settings.h"

/// The log: lines on standard output that the lottery's tools search for, for example
///
///     2026-11-23 10:00:00 INFO     action: config | result: success | service.port: 12345
namespace lottery {

/// Registers the channels `StandardOutput` and `BackgroundOutput` (background_output.h) and the
/// formatter `LotteryLine` with Poco's logging. Call it once, before the logging is configured.
void register_log_classes();

/// Which thread writes a line to standard output.
enum class LogWriter : std::uint8_t {
  whoever_logs,      ///< the thread that logs, at once
  background_thread  ///< a background thread, a moment later
};

/// The `logging.*` settings that write the lines above to standard output.
std::vector<Setting> log_settings(LogWriter writer);

/// The line of `message`, without its LF: local time, the level in eight columns, and the text.
std::string line_of(const Poco::Message& message);

/// Writes the queued lines at the end of a program. Any later line is written at once.
void close_log();

/// The logger that all code of the lottery uses. Any thread.
Poco::Logger& log();

class LogLine;

/// Logs a line at level information. Returns when the line is written or, if the log's reader is
/// slow, after log_write_wait_max. For events that must be in the log before a peer learns of them.
/// Any thread.
void log_before_telling(const LogLine& line);

/// The longest wait of log_before_telling().
constexpr std::chrono::milliseconds log_write_wait_max{5};

/// The parameter of a Poco::Message that makes BackgroundOutput wait until the message is written.
constexpr const char* wait_until_written = "wait_until_written";

/// Builds the text of one line: `action: <action> | result: <result> | <name>: <value> | ...`
///
/// Names and values may come from other people. They are escaped as by append_to_log_field()
/// (printable.h), so that no value can look like a field or a line. `action` must be a constant of
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

/// The line `config`, with all settings in force that may be shown.
LogLine config_line(const Poco::Util::LayeredConfiguration& configuration,
                    std::span<const Setting> settings);

}  // namespace lottery
