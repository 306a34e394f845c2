#pragma once

#include <Poco/Logger.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "program/settings.h"

/// The log: lines on standard output that the lottery's tools look for, such as
///
///     2026-11-23 10:00:00 INFO     action: config | result: success | service.port: 12345
namespace lottery {

/// Makes the channel `StandardOutput` and the formatter `LotteryLine` known to Poco's logging. Call
/// it once, before the logging is configured.
void register_log_classes();

/// The `logging.*` settings that send the lines above to standard output.
std::vector<Setting> log_settings();

/// The logger that everything in the lottery writes to. Any thread.
Poco::Logger& log();

/// Builds the text of one line: `action: <action> | result: <result> | <name>: <value> | ...`
class LogLine {
 public:
  LogLine(std::string_view action, std::string_view result);

  LogLine& field(std::string_view name, std::string_view value);
  LogLine& field(std::string_view name, std::int64_t value);

  const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

/// `config`, with every setting in force.
LogLine config_line(const Poco::Util::LayeredConfiguration& configuration,
                    std::span<const Setting> settings);

}  // namespace lottery
