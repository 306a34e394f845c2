#include "program/log.h"

#include <Poco/Channel.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/Formatter.h>
#include <Poco/Instantiator.h>
#include <Poco/LocalDateTime.h>
#include <Poco/LoggingFactory.h>
#include <Poco/Message.h>

#include <ctime>

#include "program/background_output.h"
#include "program/standard_streams.h"
#include "text/printable.h"

namespace lottery {
namespace {

constexpr const char* standard_output = "StandardOutput";
constexpr const char* background_output = "BackgroundOutput";

/// Writes each message with its line end at once. Any thread.
class StandardOutput : public Poco::Channel {
 public:
  void log(const Poco::Message& message) override { print(message.getText() + '\n'); }
};

std::string_view level_name(Poco::Message::Priority priority) {
  switch (priority) {
    case Poco::Message::PRIO_FATAL:
    case Poco::Message::PRIO_CRITICAL:
      return "CRITICAL";
    case Poco::Message::PRIO_ERROR:
      return "ERROR   ";
    case Poco::Message::PRIO_WARNING:
      return "WARNING ";
    case Poco::Message::PRIO_NOTICE:
    case Poco::Message::PRIO_INFORMATION:
      return "INFO    ";
    case Poco::Message::PRIO_DEBUG:
    case Poco::Message::PRIO_TRACE:
      return "DEBUG   ";
  }
  return "INFO    ";
}

/// line_of() as a formatter. Poco's own PatternFormatter does not pad the level.
class LotteryLineFormatter : public Poco::Formatter {
 public:
  void format(const Poco::Message& message, std::string& text) override { text = line_of(message); }
};

}  // namespace

void register_log_classes() {
  Poco::LoggingFactory& factory = Poco::LoggingFactory::defaultFactory();
  factory.registerChannelClass(standard_output,
                               new Poco::Instantiator<StandardOutput, Poco::Channel>);
  factory.registerChannelClass(background_output,
                               new Poco::Instantiator<BackgroundOutput, Poco::Channel>);
  factory.registerFormatterClass("LotteryLine",
                                 new Poco::Instantiator<LotteryLineFormatter, Poco::Formatter>);
}

std::vector<Setting> log_settings(LogWriter writer) {
  return {
      {"logging.loggers.root.level", "information",
       "all, trace, debug, information, notice, warning, error, critical, fatal or none",
       "lowest level that is logged"},
      {"logging.loggers.root.channel", "output", "a name", "Poco channel that log lines go to"},
      {"logging.channels.output.class",
       writer == LogWriter::whoever_logs ? standard_output : background_output, "a name",
       "class of that channel"},
      {"logging.channels.output.formatter", "lines", "a name",
       "Poco formatter that turns messages into lines"},
      {"logging.formatters.lines.class", "LotteryLine", "a name", "class of that formatter"},
  };
}

std::string line_of(const Poco::Message& message) {
  // Most lines have the same second as the line before.
  thread_local std::time_t second = -1;
  thread_local std::string date_and_time;
  if (message.getTime().epochTime() != second) {
    second = message.getTime().epochTime();
    date_and_time = Poco::DateTimeFormatter::format(Poco::LocalDateTime(message.getTime()),
                                                    "%Y-%m-%d %H:%M:%S ");
  }
  std::string line = date_and_time;
  line += level_name(message.getPriority());
  line += ' ';
  line += message.getText();
  return line;
}

void close_log() {
  if (Poco::AutoPtr<Poco::Channel> channel = log().getChannel()) channel->close();
}

Poco::Logger& log() {
  static Poco::Logger& logger = Poco::Logger::get("lottery");
  return logger;
}

void log_before_telling(const LogLine& line) {
  if (!log().information()) return;
  Poco::Message message(log().name(), line.text(), Poco::Message::PRIO_INFORMATION);
  message.set(wait_until_written, {});
  log().log(message);
}

LogLine::LogLine(std::string_view action, std::string_view result) : text_("action: ") {
  text_ += action;
  field("result", result);
}

LogLine& LogLine::field(std::string_view name, std::string_view value) {
  begin_field(name);
  append_to_log_field(text_, value);
  return *this;
}

LogLine& LogLine::field(std::string_view name, std::int64_t value) {
  begin_field(name);
  text_ += std::to_string(value);
  return *this;
}

void LogLine::begin_field(std::string_view name) {
  text_ += " | ";
  append_to_log_field(text_, name);
  text_ += ": ";
}

LogLine config_line(const Poco::Util::LayeredConfiguration& configuration,
                    std::span<const Setting> settings) {
  LogLine line("config", "success");
  for (const auto& [key, value] : settings_in_force(configuration, settings)) {
    line.field(key, value);
  }
  return line;
}

}  // namespace lottery
