#include "program/settings.h"

#include <Poco/Util/MapConfiguration.h>
#include <Poco/Util/Option.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

// Where Poco's Application puts the command line.
constexpr int command_line_priority = -100;

/// A variable of this process's environment, gone at the end.
class EnvironmentVariable {
 public:
  EnvironmentVariable(const char* name, const char* value) : name_(name) {
    ::setenv(name_, value, 1);
  }
  ~EnvironmentVariable() { ::unsetenv(name_); }
  EnvironmentVariable(const EnvironmentVariable&) = delete;
  EnvironmentVariable& operator=(const EnvironmentVariable&) = delete;

 private:
  const char* name_;
};

/// A program with three settings, and what each source says of them.
class SettingsTest : public testing::Test {
 protected:
  SettingsTest() : configuration_(new Poco::Util::LayeredConfiguration) {
    configuration_->addWriteable(new Poco::Util::MapConfiguration, command_line_priority);
  }

  void command_line(const std::string& key, const std::string& value) {
    configuration_->setString(key, value);
  }

  /// Loads a file with this content.
  void load(std::string_view content) {
    load_settings(*configuration_, settings_, folder_.write("test.properties", content).string());
  }

  /// Loads no file.
  void load() { load_settings(*configuration_, settings_, ""); }

  std::string value(const std::string& key) { return text_setting(*configuration_, key); }

  /// What is said of a file with this content; empty where it is taken.
  std::string refusal(std::string_view content) { return refusal_of(folder_.write("f", content)); }

  std::string refusal_of(const std::filesystem::path& file) {
    try {
      load_settings(*configuration_, settings_, file.string());
      return {};
    } catch (const SettingsError& error) {
      return error.what();
    }
  }

  /// `place` is a line's number; the file is the one of refusal().
  std::string at_line(int place, const std::string& problem) {
    return (folder_ / "f").string() + ", line " + std::to_string(place) + ": " + problem;
  }

  TemporaryFolder folder_;
  std::vector<Setting> settings_{
      {"unit.alpha", "default alpha", "a text"},
      {"unit.beta_max", "5", "a number"},
      {"unit.gamma", "of ${unit.alpha}", "a text made from another"},
  };
  Poco::AutoPtr<Poco::Util::LayeredConfiguration> configuration_;
};

TEST_F(SettingsTest, HaveTheirDefaultWhereNobodySaysAnything) {
  load();
  EXPECT_EQ(value("unit.alpha"), "default alpha");
  EXPECT_EQ(value("unit.beta_max"), "5");
}

TEST_F(SettingsTest, ComeFromTheFileBeforeTheDefault) {
  load("unit.alpha = from the file\n");
  EXPECT_EQ(value("unit.alpha"), "from the file");
  EXPECT_EQ(value("unit.beta_max"), "5");
}

TEST_F(SettingsTest, ComeFromTheEnvironmentBeforeTheFile) {
  const EnvironmentVariable alpha("UNIT_ALPHA", "from the environment");
  const EnvironmentVariable beta("UNIT_BETA_MAX", "6");
  load("unit.alpha = from the file\n");
  EXPECT_EQ(value("unit.alpha"), "from the environment");
  EXPECT_EQ(value("unit.beta_max"), "6");
}

TEST_F(SettingsTest, ComeFromTheCommandLineBeforeTheEnvironment) {
  const EnvironmentVariable alpha("UNIT_ALPHA", "from the environment");
  const EnvironmentVariable beta("UNIT_BETA_MAX", "6");
  command_line("unit.alpha", "from the command line");
  load("unit.alpha = from the file\nunit.beta_max = 7\n");
  EXPECT_EQ(value("unit.alpha"), "from the command line");
  EXPECT_EQ(value("unit.beta_max"), "6");
}

TEST_F(SettingsTest, MayBeMadeFromOthersWhereverThoseComeFrom) {
  const EnvironmentVariable alpha("UNIT_ALPHA", "the environment");
  load();
  EXPECT_EQ(value("unit.gamma"), "of the environment");
}

TEST_F(SettingsTest, ThatAreMadeFromThemselvesAreRefused) {
  command_line("unit.alpha", "${unit.gamma}");
  load();
  try {
    value("unit.alpha");
    FAIL() << "it has a value";
  } catch (const SettingsError& error) {
    EXPECT_TRUE(std::string(error.what()).starts_with("unit.alpha: '${unit.gamma}' "))
        << error.what();
  }
}

TEST_F(SettingsTest, AreReadFromAPropertiesFile) {
  load(
      "# a comment = none\n"
      "! another\n"
      "\n"
      "   \t\n"
      "  unit.alpha  =  with = signs : and spaces \r\n"
      "unit.beta_max: 7");
  EXPECT_EQ(value("unit.alpha"), "with = signs : and spaces");
  EXPECT_EQ(value("unit.beta_max"), "7");
}

TEST_F(SettingsTest, MayHaveNoText) {
  load("unit.alpha =\n");
  EXPECT_EQ(value("unit.alpha"), "");
}

TEST_F(SettingsTest, MayGoOnInTheNextLineOfTheFile) {
  load("unit.alpha = one \\\n  no.setting = 1\nunit.beta_max = 7\n");
  EXPECT_EQ(value("unit.alpha"), "one   no.setting = 1");
  EXPECT_EQ(value("unit.beta_max"), "7");
}

TEST_F(SettingsTest, WithAnUnknownKeyAreRefusedWithTheirLine) {
  const std::string problem = "'unit.delta' is not a setting; --help lists them all";
  EXPECT_EQ(refusal("unit.alpha = 1\nunit.delta = 1\n"), at_line(2, problem));
}

TEST_F(SettingsTest, AreKnownByTheirExactKey) {
  for (const std::string line : {"unit.Alpha = 1", "unit.alph = 1", "unit.alpha.x = 1", "alpha = 1",
                                 "unit = 1", "= 1", "loggings = 1", "logging = 1"}) {
    EXPECT_NE(refusal(line).find("is not a setting"), std::string::npos) << line;
  }
}

TEST_F(SettingsTest, OfPocosLoggingAreAllKnown) {
  load("logging.loggers.l.level = debug\n");
  EXPECT_EQ(value("logging.loggers.l.level"), "debug");
}

TEST_F(SettingsTest, WithAKeyThatIsThereTwiceAreRefusedWithTheSecondOnesLine) {
  EXPECT_EQ(refusal("unit.alpha = 1\n\nunit.alpha = 1\n"),
            at_line(3, "'unit.alpha' has a value already"));
}

TEST_F(SettingsTest, WithoutAnEqualsSignAreRefusedWithTheirLine) {
  EXPECT_EQ(refusal("unit.alpha\n"), at_line(1, "'unit.alpha' is not of the form key = value"));
  EXPECT_EQ(refusal("unit.alpha 1\n"), at_line(1, "'unit.alpha 1' is not of the form key = value"));
}

TEST_F(SettingsTest, ThatAreNotTextAreRefusedWithTheirLine) {
  EXPECT_EQ(refusal("unit.alpha = \xFF\n"), at_line(1, "is not text: 'unit.alpha = \\xFF'"));
  EXPECT_EQ(refusal("# \x01\n"), at_line(1, "is not text: '# \\x01'"));
}

TEST_F(SettingsTest, BehindACommentThatEndsWithABackslashAreChecked) {
  // A comment does not go on in the next line.
  EXPECT_NE(refusal("# C:\\\nunit.delta = 1\n"), "");
  EXPECT_NE(refusal("unit.alpha = 1\n# C:\\\nunit.alpha = 1\n"), "");
}

TEST_F(SettingsTest, BehindAnEscapedBackslashAreChecked) {
  EXPECT_NE(refusal("unit.alpha = C:\\\\\nunit.delta = 1\n"), "");
  load("unit.alpha = C:\\\\\nunit.beta_max = 7\n");
  EXPECT_EQ(value("unit.alpha"), "C:\\");
  EXPECT_EQ(value("unit.beta_max"), "7");
}

TEST_F(SettingsTest, BehindABackslashAndASpaceAreChecked) {
  // An escaped space: only a backslash that is the line's last byte makes it go on.
  EXPECT_NE(refusal("unit.alpha = 1\\ \nunit.delta = 1\n"), "");
}

TEST_F(SettingsTest, OfARefusedFileChangeNothing) {
  command_line("unit.alpha", "from the command line");
  EXPECT_NE(refusal("unit.beta_max = 7\nunit.delta = 1\n"), "");
  EXPECT_EQ(value("unit.alpha"), "from the command line");
  EXPECT_FALSE(configuration_->hasProperty("unit.beta_max"));
}

TEST_F(SettingsTest, OfAFileThatIsNotThereAreRefused) {
  const std::string file = (folder_ / "none").string();
  EXPECT_EQ(refusal_of(file),
            "the configuration file '" + file + "' can't be read: No such file or directory");
}

TEST_F(SettingsTest, OfAFolderAreRefused) {
  const std::string file = folder_.path().string();
  EXPECT_EQ(refusal_of(file),
            "the configuration file '" + file + "' can't be read: it is a folder");
}

TEST_F(SettingsTest, OfAFileWhoseReadingFailsAreRefused) {
  // Opens for everybody, and nothing is mapped at its start.
  const std::string problem = refusal_of("/proc/self/mem");
  EXPECT_TRUE(problem.starts_with("the configuration file '/proc/self/mem' can't be read: "));
  EXPECT_TRUE(problem.ends_with("Input/output error")) << problem;
}

TEST_F(SettingsTest, OfAnEmptyFileAreTheDefaults) {
  load("");
  EXPECT_EQ(value("unit.alpha"), "default alpha");
}

TEST_F(SettingsTest, InForceAreToldWithThoseOfLoggingThatOnlyTheFileHas) {
  command_line("unit.alpha", "a");
  load("logging.channels.c.class = ConsoleChannel\nunit.beta_max = 7\n");
  const std::vector<std::pair<std::string, std::string>> expected{
      {"unit.alpha", "a"},
      {"unit.beta_max", "7"},
      {"unit.gamma", "of a"},
      {"logging.channels.c.class", "ConsoleChannel"},
  };
  EXPECT_EQ(settings_in_force(*configuration_, settings_), expected);
}

TEST_F(SettingsTest, AreEachAnOptionOfTheCommandLine) {
  Poco::Util::OptionSet options;
  define_options(options, settings_);
  for (const Setting& setting : settings_) {
    ASSERT_TRUE(options.hasOption(setting.key)) << setting.key;
    const Poco::Util::Option& option = options.getOption(setting.key);
    EXPECT_EQ(option.binding(), setting.key);
    EXPECT_TRUE(option.takesArgument());
    EXPECT_TRUE(option.argumentRequired());
    EXPECT_NE(option.description().find(setting.default_value), std::string::npos);
  }
  ASSERT_TRUE(options.hasOption("config"));
  EXPECT_EQ(options.getOption("config").binding(), config_file_property);
}

/// What is said of a value as a whole number from 3 to 12; empty where it is taken.
std::string refusal_of_number(const std::string& text) {
  Poco::AutoPtr<Poco::Util::MapConfiguration> configuration(new Poco::Util::MapConfiguration);
  configuration->setString("unit.number", text);
  try {
    EXPECT_EQ(std::to_string(whole_number_setting(*configuration, "unit.number", 3, 12)), text);
    return {};
  } catch (const SettingsError& error) {
    return error.what();
  }
}

TEST(WholeNumberSetting, IsTakenWithinItsRange) {
  for (const std::string number : {"3", "4", "11", "12"}) {
    EXPECT_EQ(refusal_of_number(number), "");
  }
}

TEST(WholeNumberSetting, IsRefusedWithItsKeyItsValueAndItsRange) {
  for (const std::string text :
       {"2", "13", "0", "-3", "+3", "", " 3", "3 ", "03", "3.0", "three", "99999999999999999999"}) {
    EXPECT_EQ(refusal_of_number(text),
              "unit.number: '" + text + "' is not a whole number from 3 to 12");
  }
}

}  // namespace
}  // namespace lottery::test
