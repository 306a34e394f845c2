#include "program/log.h"

#include <Poco/Formatter.h>
#include <Poco/LocalDateTime.h>
#include <Poco/LoggingFactory.h>
#include <Poco/Message.h>
#include <Poco/Util/LayeredConfiguration.h>
#include <Poco/Util/MapConfiguration.h>
#include <gtest/gtest.h>

#include <string>

namespace lottery::test {
namespace {

/// The formatter that Poco creates for the name in the settings.
Poco::Formatter::Ptr lottery_line() {
  // Once in a process, because Poco accepts a name only once.
  static const bool registered = (register_log_classes(), true);
  EXPECT_TRUE(registered);
  return Poco::LoggingFactory::defaultFactory().createFormatter("LotteryLine");
}

std::string line_of(Poco::Message::Priority priority, const std::string& text) {
  Poco::Message message("lottery", text, priority);
  message.setTime(Poco::LocalDateTime(2026, 11, 23, 9, 5, 7).timestamp());
  std::string line;
  lottery_line()->format(message, line);
  return line;
}

TEST(LogLine, IsAnActionItsResultAndItsFieldsInTheirOrder) {
  LogLine line("apuesta_recibida", "success");
  EXPECT_EQ(line.text(), "action: apuesta_recibida | result: success");
  line.field("agencia", 1).field("cantidad", 9'000'000'000).field("error", "none at all");
  EXPECT_EQ(line.text(),
            "action: apuesta_recibida | result: success | agencia: 1 | cantidad: 9000000000 | "
            "error: none at all");
}

TEST(LogLine, CanNotBeForgedByAFieldsNameOrValue) {
  LogLine line("apuesta_almacenada", "success");
  line.field("dni", "1 | numero: 7574")
      .field("a | b", "\\")
      .field("error", std::string("x\n\xE2\x80") + "\xAEy");
  EXPECT_EQ(line.text(),
            "action: apuesta_almacenada | result: success | dni: 1 \\x7C numero: 7574 | "
            "a \\x7C b: \\\\ | error: x\\x0A\\xE2\\x80\\xAEy");
}

TEST(LogFormat, IsLocalTimeTheLevelInEightColumnsAndTheText) {
  EXPECT_EQ(line_of(Poco::Message::PRIO_INFORMATION, "action: config"),
            "2026-11-23 09:05:07 INFO     action: config");
}

TEST(LogFormat, KnowsTheLevelsThatTheToolsLookFor) {
  const auto level = [](Poco::Message::Priority priority) {
    return line_of(priority, "|").substr(20);
  };
  EXPECT_EQ(level(Poco::Message::PRIO_FATAL), "CRITICAL |");
  EXPECT_EQ(level(Poco::Message::PRIO_CRITICAL), "CRITICAL |");
  EXPECT_EQ(level(Poco::Message::PRIO_ERROR), "ERROR    |");
  EXPECT_EQ(level(Poco::Message::PRIO_WARNING), "WARNING  |");
  EXPECT_EQ(level(Poco::Message::PRIO_NOTICE), "INFO     |");
  EXPECT_EQ(level(Poco::Message::PRIO_INFORMATION), "INFO     |");
  EXPECT_EQ(level(Poco::Message::PRIO_DEBUG), "DEBUG    |");
  EXPECT_EQ(level(Poco::Message::PRIO_TRACE), "DEBUG    |");
}

TEST(LogSettings, NameTheClassesThatAreRegistered) {
  ASSERT_NE(lottery_line(), nullptr);
  std::string channel;
  std::string formatter;
  for (const Setting& setting : log_settings(LogWriter::whoever_logs)) {
    if (setting.key == "logging.channels.output.class") channel = setting.default_value;
    if (setting.key == "logging.formatters.lines.class") formatter = setting.default_value;
  }
  Poco::LoggingFactory& factory = Poco::LoggingFactory::defaultFactory();
  EXPECT_FALSE(factory.createChannel(channel).isNull());
  EXPECT_FALSE(factory.createFormatter(formatter).isNull());
}

TEST(ConfigLine, TellsEverySettingInForce) {
  Poco::AutoPtr<Poco::Util::LayeredConfiguration> configuration(
      new Poco::Util::LayeredConfiguration);
  configuration->addWriteable(new Poco::Util::MapConfiguration, 0);
  configuration->setString("unit.alpha", "one");
  configuration->setString("unit.beta", "of ${unit.alpha}");
  const std::vector<Setting> settings{{"unit.alpha", "", "", ""}, {"unit.beta", "", "", ""}};
  EXPECT_EQ(config_line(*configuration, settings).text(),
            "action: config | result: success | unit.alpha: one | unit.beta: of one");
}

TEST(ConfigLine, CanNotBeForgedByASettingsValue) {
  Poco::AutoPtr<Poco::Util::MapConfiguration> values(new Poco::Util::MapConfiguration);
  Poco::AutoPtr<Poco::Util::LayeredConfiguration> configuration(
      new Poco::Util::LayeredConfiguration);
  configuration->addWriteable(values, 0);
  configuration->setString("unit.alpha", "a | action: sorteo\r\n");
  configuration->setString("logging.a|b", "1");
  const std::vector<Setting> settings{{"unit.alpha", "", "", ""}};
  EXPECT_EQ(config_line(*configuration, settings).text(),
            "action: config | result: success | unit.alpha: a \\x7C action: sorteo\\x0D\\x0A | "
            "logging.a\\x7Cb: 1");
}

}  // namespace
}  // namespace lottery::test
