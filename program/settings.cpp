#include "program/settings.h"

#include <Poco/Exception.h>
#include <Poco/String.h>
#include <Poco/Util/MapConfiguration.h>
#include <Poco/Util/Option.h>
#include <Poco/Util/PropertyFileConfiguration.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <system_error>

#include "text/decimal.h"
#include "text/printable.h"
#include "text/utf8.h"

namespace lottery {
namespace {

using Poco::Util::AbstractConfiguration;
using Poco::Util::LayeredConfiguration;
using Poco::Util::MapConfiguration;

// Where each source stands among the layers; lower comes first. Poco puts the command line at
// Application::PRIO_APPLICATION, -100, and what it knows of the system at 100.
constexpr int environment_priority = -50;
constexpr int file_priority = 0;
constexpr int default_priority = 200;

constexpr std::string_view logging_prefix = "logging.";

std::string environment_name(const std::string& key) {
  std::string name = Poco::toUpper(key);
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

bool is_known(const std::string& key, std::span<const Setting> settings) {
  return key.starts_with(logging_prefix) ||
         std::any_of(settings.begin(), settings.end(),
                     [&](const Setting& setting) { return setting.key == key; });
}

std::string read_file(const std::string& file) {
  const auto unreadable = [&](const std::string& why) {
    return SettingsError("the configuration file '" + file + "' can't be read: " + why);
  };
  if (std::filesystem::is_directory(file)) throw unreadable("it is a folder");
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw unreadable(std::generic_category().message(errno));
  try {
    return {std::istreambuf_iterator<char>(stream), {}};
  } catch (const std::ios_base::failure& error) {
    throw unreadable(error.code().message());
  }
}

/// True where the last byte of `line` is a backslash that is not itself behind one, which is what
/// Poco's reader looks for in a value.
bool continues_in_next_line(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  const std::size_t backslashes = line.size() - (line.find_last_not_of('\\') + 1);
  return backslashes % 2 == 1;
}

/// Poco's reader takes every line, so the lines are checked before it sees them.
void check_lines(const std::string& file, const std::string& content,
                 std::span<const Setting> settings) {
  std::istringstream lines(content);
  std::set<std::string> keys;
  bool continued = false;
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const std::string place = file + ", line " + std::to_string(number) + ": ";
    const std::string text = Poco::trim(line);
    if (!is_utf8(text) || has_control_character(Poco::replace(text, "\t", " "))) {
      throw SettingsError(place + "is not text: " + in_quotes(text));
    }
    const bool continues_last = continued;
    const bool says_nothing =
        !continues_last && (text.empty() || text.starts_with('#') || text.starts_with('!'));
    continued = !says_nothing && continues_in_next_line(line);
    if (continues_last || says_nothing) continue;
    const std::size_t end_of_key = text.find_first_of("=:");
    if (end_of_key == std::string::npos) {
      throw SettingsError(place + in_quotes(text) + " is not of the form key = value");
    }
    const std::string key = Poco::trim(text.substr(0, end_of_key));
    if (!is_known(key, settings)) {
      throw SettingsError(place + in_quotes(key) + " is not a setting; --help lists them all");
    }
    if (!keys.insert(key).second) {
      throw SettingsError(place + in_quotes(key) + " has a value already");
    }
  }
}

}  // namespace

void define_options(Poco::Util::OptionSet& options, std::span<const Setting> settings) {
  options.addOption(
      Poco::Util::Option("config", "", "read settings from this properties file (none by default)")
          .argument("FILE")
          .binding(std::string(config_file_property)));
  for (const Setting& setting : settings) {
    options.addOption(
        Poco::Util::Option(setting.key, "",
                           setting.default_value.empty()
                               ? setting.meaning
                               : setting.meaning + " (default: " + setting.default_value + ")")
            .repeatable(true)  // the last one counts
            .argument("VALUE")
            .binding(setting.key));
  }
}

void load_settings(LayeredConfiguration& configuration, std::span<const Setting> settings,
                   const std::string& file) {
  if (!file.empty()) {
    const std::string content = read_file(file);
    check_lines(file, content, settings);
    std::istringstream stream(content);
    configuration.add(new Poco::Util::PropertyFileConfiguration(stream), file_priority, false);
  }
  Poco::AutoPtr<MapConfiguration> environment(new MapConfiguration);
  Poco::AutoPtr<MapConfiguration> defaults(new MapConfiguration);
  for (const Setting& setting : settings) {
    defaults->setString(setting.key, setting.default_value);
    if (const char* value = std::getenv(environment_name(setting.key).c_str())) {
      environment->setString(setting.key, value);
    }
  }
  configuration.add(environment, environment_priority, false);
  configuration.add(defaults, default_priority, false);
}

std::vector<std::pair<std::string, std::string>> settings_in_force(
    const LayeredConfiguration& configuration, std::span<const Setting> settings) {
  std::vector<std::pair<std::string, std::string>> found;
  std::set<std::string> seen;
  for (const Setting& setting : settings) {
    found.emplace_back(setting.key, text_setting(configuration, setting.key));
    seen.insert(setting.key);
  }
  const auto add_below = [&](const auto& self, const std::string& parent) -> void {
    AbstractConfiguration::Keys children;
    configuration.keys(parent, children);
    for (const std::string& child : children) {
      const std::string key = parent + "." + child;
      if (configuration.hasProperty(key) && seen.insert(key).second) {
        found.emplace_back(key, text_setting(configuration, key));
      }
      self(self, key);
    }
  };
  add_below(add_below, std::string(logging_prefix.substr(0, logging_prefix.size() - 1)));
  return found;
}

SettingsError setting_error(const AbstractConfiguration& configuration, const std::string& key,
                            const std::string& expected) {
  return SettingsError(key + ": " + in_quotes(configuration.getRawString(key, "")) + " is not " +
                       expected);
}

std::string text_setting(const AbstractConfiguration& configuration, const std::string& key) {
  try {
    return configuration.getString(key);
  } catch (const Poco::Exception& error) {
    throw SettingsError(key + ": " + in_quotes(configuration.getRawString(key, "")) +
                        " can't be expanded: " + error.displayText());
  }
}

std::int32_t whole_number_setting(const AbstractConfiguration& configuration,
                                  const std::string& key, std::int32_t min, std::int32_t max) {
  const auto value = parse_decimal(text_setting(configuration, key));
  if (!value || *value < min || *value > max) {
    throw setting_error(
        configuration, key,
        "a whole number from " + std::to_string(min) + " to " + std::to_string(max));
  }
  return *value;
}

}  // namespace lottery
