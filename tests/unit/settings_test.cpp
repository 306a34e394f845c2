#include "program/settings.h"

#include <Poco/Util/MapConfiguration.h>
#include <Poco/Util/Option.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "program/setting_kinds.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

// The layer in which Poco's Application stores the command line.
constexpr int command_line_priority = -100;

/// Sets a variable of this process's environment, and unsets it at the end.
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

/// A program with three settings, and the values that it reads from each source.
class SettingsTest : public testing::Test {
 protected:
  SettingsTest() : configuration_(new Poco::Util::LayeredConfiguration) {
    configuration_->addWriteable(new Poco::Util::MapConfiguration, command_line_priority);
  }

  void command_line(const std::string& key, const std::string& value) {
    configuration_->setString(key, value);
  }

  /// Loads a file with this content.
  void load(std::string_view content) { load_file(folder_.write("test.properties", content)); }

  void load_file(const std::filesystem::path& file) {
    configuration_->setString(std::string(config_file_property), file.string());
    load_settings(*configuration_, settings_);
  }

  /// Loads no file.
  void load() { load_settings(*configuration_, settings_); }

  std::string value(const std::string& key) {
    std::string text;
    read_setting(*configuration_, {key, "", "", ""}, [&](const std::string& read) { text = read; });
    return text;
  }

  /// The error if this key has an invalid value.
  std::string error(const std::string& key) {
    return setting_error(*configuration_, {key, "", "", ""}, "is bad").what();
  }

  /// The error for a file with this content; empty if it is valid.
  std::string refusal(std::string_view content) { return refusal_of(folder_.write("f", content)); }

  std::string refusal_of(const std::filesystem::path& file) {
    try {
      load_file(file);
      return {};
    } catch (const SettingsError& error) {
      return error.what();
    }
  }

  /// `problem` as an error at line `place` of the file that refusal() uses.
  std::string at_line(int place, const std::string& problem) {
    return (folder_ / "f").string() + ", line " + std::to_string(place) + ": " + problem;
  }

  TemporaryFolder folder_;
  std::vector<Setting> settings_{
      {"unit.alpha", "default alpha", "", "a text"},
      {"unit.beta_max", "5", "1 to 9", "a number"},
      {"unit.gamma", "of ${unit.alpha}", "a text", "a text made from another"},
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
  const std::string problem = "'unit.delta' is not a setting; --help lists all settings";
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
            at_line(3, "'unit.alpha' was set on an earlier line already"));
}

TEST_F(SettingsTest, WithoutAnEqualsSignAreRefusedWithTheirLine) {
  EXPECT_EQ(refusal("unit.alpha\n"), at_line(1, "'unit.alpha' is not of the form key = value"));
  EXPECT_EQ(refusal("unit.alpha 1\n"), at_line(1, "'unit.alpha 1' is not of the form key = value"));
}

TEST_F(SettingsTest, WithoutAnEqualsSignAreRefusedInTheLastLineToo) {
  EXPECT_EQ(refusal("unit.beta_max = 1\nunit.alpha"),
            at_line(2, "'unit.alpha' is not of the form key = value"));
}

TEST_F(SettingsTest, OfSeveralLinesAreRefusedWithTheirFirst) {
  EXPECT_EQ(refusal("unit.alpha = 1\nunit.delta = 2 \\\n  3\n"),
            at_line(2, "'unit.delta' is not a setting; --help lists all settings"));
}

TEST_F(SettingsTest, BehindAByteOrderMarkAreRefusedAndItIsNamed) {
  EXPECT_EQ(refusal("\xEF\xBB\xBFunit.alpha = 1\n"),
            at_line(1, "begins with a byte order mark (BOM); save the file as UTF-8 without BOM"));
}

TEST_F(SettingsTest, InUtf16AreRefusedAndItIsNamed) {
  using std::string_view_literals::operator""sv;
  const std::string problem = (folder_ / "f").string() + ": is UTF-16; save it as UTF-8";
  EXPECT_EQ(refusal("\xFF\xFEu\0n\0"sv), problem);
  EXPECT_EQ(refusal("\xFE\xFF\0u\0n"sv), problem);
}

TEST_F(SettingsTest, ThatAreBadAreToldWithTheSourceOfTheirValue) {
  const EnvironmentVariable beta("UNIT_BETA_MAX", "6");
  const EnvironmentVariable alpha("UNIT_ALPHA", "7");
  command_line("unit.alpha", "8");
  settings_.push_back({"unit.delta", "9", "", "a text"});
  load("\nunit.gamma = ${unit.alpha} \\\n  and more\nunit.beta_max = 1\n");
  EXPECT_EQ(error("unit.alpha"), "unit.alpha: '8' is bad (the value is from the command line)");
  EXPECT_EQ(error("unit.beta_max"),
            "unit.beta_max: '6' is bad (the value is from the environment variable "
            "UNIT_BETA_MAX)");
  EXPECT_EQ(error("unit.gamma"),
            "unit.gamma: '${unit.alpha}   and more' is bad (the value is from " +
                (folder_ / "test.properties").string() + ", line 2)");
  EXPECT_EQ(error("unit.delta"), "unit.delta: '9' is bad");
}

TEST_F(SettingsTest, ThatReferToASecretAreNotTold) {
  settings_[0].telling = Telling::secret;
  load("unit.gamma = a ${" + settings_[0].key + "}\n");
  EXPECT_THROW(settings_in_force(*configuration_, settings_), SettingsError);
}

TEST_F(SettingsTest, OfTheLogThatReferToASecretAreNotTold) {
  settings_[0].telling = Telling::secret;
  load("logging.unit.level = ${" + settings_[0].key + "}\n");
  EXPECT_THROW(settings_in_force(*configuration_, settings_), SettingsError);
}

TEST_F(SettingsTest, OfAFileAreToldWithTheirFirstLine) {
  const std::string file = (folder_ / "f").string();
  EXPECT_EQ(refusal("= 5\n"), file + ", line 1: '' is not a setting; --help lists all settings");
  EXPECT_EQ(refusal("\n# a = b\n\r\n  ! c = d\n = 5\n"),
            file + ", line 5: '' is not a setting; --help lists all settings");
  EXPECT_EQ(refusal("no.setting = x,\\\n  no.setting,\\\n 3\nunit.alpha = 1\n"),
            file + ", line 1: 'no.setting' is not a setting; --help lists all settings");
}

TEST_F(SettingsTest, ThatAreSecretAreNotTold) {
  settings_[0].telling = Telling::secret;
  command_line("unit.alpha", "hidden");
  command_line("unit.gamma", "shown");
  load();
  const std::vector<std::pair<std::string, std::string>> expected{{"unit.beta_max", "5"},
                                                                  {"unit.gamma", "shown"}};
  EXPECT_EQ(settings_in_force(*configuration_, settings_), expected);
  EXPECT_STREQ(setting_error(*configuration_, settings_[0], "is bad").what(),
               "unit.alpha: the value is bad (the value is from the command line)");
}

TEST_F(SettingsTest, ThatAreNotTextAreRefusedWithTheirLine) {
  EXPECT_EQ(refusal("\nunit.alpha = Jos\xE9\n"),
            at_line(2,
                    "is not UTF-8, but perhaps Latin-1; save the file as UTF-8: "
                    "'unit.alpha = Jos\\xE9'"));
  EXPECT_EQ(refusal("# \x01\n"), at_line(1, "is not text: '# \\x01'"));
}

TEST_F(SettingsTest, BehindACommentThatEndsWithABackslashAreChecked) {
  // A comment does not continue in the next line.
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
  // An escaped space. The line continues only if a backslash is its last byte.
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

TEST_F(SettingsTest, OfAFileWithoutANameAreRefused) {
  EXPECT_EQ(refusal_of(""), "--config: '' is not the path of a file");
}

TEST_F(SettingsTest, OfAFileBelowATildeAreRefused) {
  EXPECT_NE(refusal_of("~/f").find("--config: '~/f' begins with ~, which only a shell replaces"),
            std::string::npos);
}

TEST_F(SettingsTest, OfAFolderAreRefused) {
  const std::string file = folder_.path().string();
  EXPECT_EQ(refusal_of(file),
            "the configuration file '" + file + "' can't be read: it is a folder");
}

TEST_F(SettingsTest, OfAFileWhoseReadingFailsAreRefused) {
  // Everybody may open it, but it can't be mapped from its start.
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
  }
  EXPECT_EQ(options.getOption("unit.alpha").description(), "a text (default: default alpha)");
  EXPECT_EQ(options.getOption("unit.beta_max").description(), "a number (1 to 9; default: 5)");
  ASSERT_TRUE(options.hasOption("config"));
  EXPECT_EQ(options.getOption("config").binding(), config_file_property);
}

/// Two settings of different types.
struct Values {
  std::int32_t number = 0;
  std::string text;
};

/// Whether a table accepts an entry of this kind for this member.
template <typename Kind, typename Place>
concept Declarable = requires(SettingTable<Values> table, Kind kind, Place place) {
  table.add("key", "default", kind, place, "meaning");
};

// A setting can't be read into a member of another type.
static_assert(Declarable<WholeNumber<>, std::int32_t Values::*>);
static_assert(Declarable<HostAndPort, std::string Values::*>);
static_assert(!Declarable<WholeNumber<>, std::string Values::*>);
static_assert(!Declarable<HostAndPort, std::int32_t Values::*>);

class SettingTableTest : public SettingsTest {
 protected:
  SettingTableTest() {
    table_.add("unit.number", "5", WholeNumber<>{3, 12}, &Values::number, "a number")
        .add("unit.text", "host:1", HostAndPort{}, &Values::text, "an address", Telling::secret);
    settings_ = table_.settings();
  }

  SettingTable<Values> table_;
};

TEST_F(SettingTableTest, HasWhatWasDeclared) {
  const Setting& number = table_.at("unit.number");
  EXPECT_EQ(number.default_value, "5");
  EXPECT_EQ(number.range, "3 to 12");
  EXPECT_EQ(number.meaning, "a number");
  EXPECT_EQ(number.telling, Telling::told);
  EXPECT_EQ(table_.at("unit.text").telling, Telling::secret);
  EXPECT_THROW(table_.at("unit.other"), std::out_of_range);
}

TEST_F(SettingTableTest, ReadsEachSettingIntoItsPlace) {
  load("unit.number = 7\n");
  Values values;
  table_.read(*configuration_, values);
  EXPECT_EQ(values.number, 7);
  EXPECT_EQ(values.text, "host:1");
}

TEST_F(SettingTableTest, ReadsThoseOfAPrefixAlone) {
  load("unit.number = 99\nunit.text = other:2\n");
  Values values;
  table_.read(*configuration_, values, "unit.t");
  EXPECT_EQ(values.number, 0);
  EXPECT_EQ(values.text, "other:2");
}

TEST_F(SettingTableTest, RefusesAValueThatItsKindDoesNotTake) {
  load("unit.number = 99\n");
  Values values;
  try {
    table_.read(*configuration_, values);
    FAIL() << "it was taken";
  } catch (const SettingsError& error) {
    EXPECT_EQ(error.what(),
              "unit.number: '99' is not a whole number from 3 to 12 (the value is from " +
                  (folder_ / "test.properties").string() + ", line 1)");
  }
}

}  // namespace
}  // namespace lottery::test
