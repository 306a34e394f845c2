#include "tests/support/settings_documents.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <span>
#include <string>

#include "agency_client/agency_settings.h"
#include "service/service_settings.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

namespace fs = std::filesystem;

const fs::path source = LOTTERY_SOURCE_DIR;

/// Expects that `file` of the project equals `expected`. If it does not, writes the expected file
/// beside the tests' program, so that you can compare and copy it.
void expect_file(const fs::path& file, const std::string& expected) {
  if (read_file(source / file) == expected) return;
  const fs::path right = fs::read_symlink("/proc/self/exe").parent_path() / file.filename();
  std::ofstream(right) << expected;
  ADD_FAILURE() << file << " is not what the declared settings say. To bring it up to date: cp "
                << right << " " << source / file;
}

std::string without_values(const std::string& properties) {
  static const std::regex value("\n(# )?([a-z][a-z_.]*) =[^\n]*");
  return std::regex_replace(properties, value, "\n$1$2 =");
}

/// The same for a properties file. Operators edit its values, so these are compared only in
/// continuous integration, where nobody has edited them.
void expect_properties(const fs::path& file, std::span<const Setting> settings) {
  const std::string found = read_file(source / file);
  const std::string expected = properties_file(found, settings);
  const bool is_edited = found != expected && without_values(found) == without_values(expected);
  if (is_edited && std::getenv("CI") == nullptr) GTEST_SKIP() << file << " has other values";
  expect_file(file, expected);
}

TEST(SettingsDocuments, AreTheServicesPropertiesFile) {
  expect_properties("service/service.properties", service_setting_list());
}

TEST(SettingsDocuments, AreTheAgenciesPropertiesFile) {
  expect_properties("agency_client/agency.properties", agency_setting_list());
}

TEST(SettingsDocuments, AreTheTablesOfTheirPage) {
  const fs::path file = "docs/settings.md";
  const std::string page =
      with_settings_table(read_file(source / file), "lottery_service", service_setting_list());
  expect_file(file, with_settings_table(page, "agency_client", agency_setting_list()));
}

TEST(PropertiesFileText, HasEachSettingWithItsSentenceAndItsDefault) {
  const std::vector<Setting> settings{{"unit.alpha", "5", "1 to 9", "a number"},
                                      {"unit.beta", "", "", "a text"},
                                      {"logging.gamma", "x", "", "a name"}};
  EXPECT_EQ(properties_file("# About\n# it.\n\nunit.old = 1\n", settings),
            "# About\n# it.\n"
            "\n# A number (1 to 9).\nunit.alpha = 5\n"
            "\n# A text.\nunit.beta =\n"
            "\n# A name.\n# logging.gamma = x\n");
}

TEST(SettingsTableText, StandsBetweenItsMarks) {
  const std::vector<Setting> settings{{"unit.alpha", "5", "1 to 9", "a number"}};
  const std::string page = "Before.\n<!-- settings of x -->\nold\n<!-- end -->\nAfter.\n";
  EXPECT_EQ(with_settings_table(page, "x", settings),
            "Before.\n<!-- settings of x -->\n\n| key | default | values | |\n"
            "| --- | --- | --- | --- |\n| `unit.alpha` | `5` | 1 to 9 | a number |\n\n"
            "<!-- end -->\nAfter.\n");
  EXPECT_THROW(with_settings_table(page, "y", settings), std::runtime_error);
}

}  // namespace
}  // namespace lottery::test
