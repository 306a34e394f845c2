#include "program/log.h"

#include <Poco/Channel.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/Formatter.h>
#include <Poco/Instantiator.h>
#include <Poco/LocalDateTime.h>
#include <Poco/LoggingFactory.h>
#include <Poco/Message.h>
#include <unistd.h>

#include <cerrno>

namespace lottery {
namespace {

/// Writes each message and its line end to standard output in one system call, so that the lines of
/// several threads, and of several programs on one pipe, never mix. Any thread.
class StandardOutputChannel : public Poco::Channel {
 public:
  void log(const Poco::Message& message) override {
    const std::string line = message.getText() + '\n';
    std::string_view rest = line;
    while (!rest.empty()) {
      const ssize_t written = ::write(STDOUT_FILENO, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return;  // nobody reads standard output: there is nowhere to say so
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
  }
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

/// Local time, the level in eight columns, and the text. Poco's own PatternFormatter pads no level.
class LotteryLineFormatter : public Poco::Formatter {
 public:
  void format(const Poco::Message& message, std::string& text) override {
    text = Poco::DateTimeFormatter::format(Poco::LocalDateTime(message.getTime()),
                                           "%Y-%m-%d %H:%M:%S ");
    text += level_name(message.getPriority());
    text += ' ';
    text += message.getText();
  }
};

}  // namespace

void register_log_classes() {
  Poco::LoggingFactory& factory = Poco::LoggingFactory::defaultFactory();
  factory.registerChannelClass("StandardOutput",
                               new Poco::Instantiator<StandardOutputChannel, Poco::Channel>);
  factory.registerFormatterClass("LotteryLine",
                                 new Poco::Instantiator<LotteryLineFormatter, Poco::Formatter>);
}

std::vector<Setting> log_settings() {
  return {
      {"logging.loggers.root.level", "information", "least level that is logged"},
      {"logging.loggers.root.channel", "output", "where log lines go"},
      {"logging.channels.output.class", "StandardOutput", "Poco channel class"},
      {"logging.channels.output.formatter", "lines", "what turns messages into lines"},
      {"logging.formatters.lines.class", "LotteryLine", "Poco formatter class"},
  };
}

Poco::Logger& log() {
  static Poco::Logger& logger = Poco::Logger::get("lottery");
  return logger;
}

LogLine::LogLine(std::string_view action, std::string_view result) : text_("action: ") {
  text_ += action;
  field("result", result);
}

LogLine& LogLine::field(std::string_view name, std::string_view value) {
  text_ += " | ";
  text_ += name;
  text_ += ": ";
  text_ += value;
  return *this;
}

LogLine& LogLine::field(std::string_view name, std::int64_t value) {
  return field(name, std::to_string(value));
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
