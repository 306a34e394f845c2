#include "program/settings.h"

#include <Poco/Exception.h>
#include <Poco/String.h>
#include <Poco/Util/MapConfiguration.h>
#include <Poco/Util/Option.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "program/properties_file.h"
#include "program/setting_kinds.h"
#include "text/printable.h"

namespace lottery {
namespace {

using Poco::Util::AbstractConfiguration;
using Poco::Util::LayeredConfiguration;
using Poco::Util::MapConfiguration;

// The names and priorities of the layers that load_settings() adds; source_of() uses them to find
// the source of a value. The layer with the lowest number has precedence. Poco puts the command
// line at Application::PRIO_APPLICATION (-100), and system information at 100.
constexpr const char* command_line_layer = "command line";
constexpr int command_line_priority = -75;
constexpr const char* environment_layer = "environment";
constexpr int environment_priority = -50;
constexpr const char* file_layer = "file";
constexpr int file_priority = 0;
constexpr int default_priority = 200;

constexpr std::string_view logging_prefix = "logging.";

std::string environment_name(const std::string& key) {
  std::string name = Poco::toUpper(key);
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

/// The layer if it contains the key, otherwise null.
AbstractConfiguration::Ptr layer_with_key(const LayeredConfiguration& configuration,
                                          const char* layer, const std::string& key) {
  const AbstractConfiguration::Ptr found = configuration.find(layer);
  return found && found->hasProperty(key) ? found : AbstractConfiguration::Ptr();
}

/// The source of the value of `key`; empty if it is the default.
std::string source_of(const LayeredConfiguration& configuration, const std::string& key) {
  if (layer_with_key(configuration, command_line_layer, key)) return "the command line";
  if (layer_with_key(configuration, environment_layer, key)) {
    return "the environment variable " + environment_name(key);
  }
  if (const auto file = layer_with_key(configuration, file_layer, key)) {
    return file.cast<PropertiesFile>()->place_of(key);
  }
  return {};
}

std::string text_of(const LayeredConfiguration& configuration, const Setting& setting) {
  try {
    return configuration.getString(setting.key);
  } catch (const Poco::Exception& error) {
    throw setting_error(configuration, setting, "can't be expanded: " + error.displayText());
  }
}

/// The value as it may appear in the log. Throws SettingsError if it refers to a secret.
std::string told_text_of(const LayeredConfiguration& configuration, const Setting& setting,
                         std::span<const Setting> settings) {
  const std::string raw = configuration.getRawString(setting.key, "");
  for (const Setting& other : settings) {
    if (other.telling == Telling::secret && raw.find("${" + other.key) != std::string::npos) {
      throw setting_error(
          configuration, setting,
          "refers to " + other.key + ", which is secret and must not appear in the log");
    }
  }
  return text_of(configuration, setting);
}

}  // namespace

void define_options(Poco::Util::OptionSet& options, std::span<const Setting> settings) {
  options.addOption(
      Poco::Util::Option("config", "", "read settings from this properties file (none by default)")
          .argument("FILE")
          .binding(std::string(config_file_property)));
  for (const Setting& setting : settings) {
    std::string notes = setting.range;
    if (!setting.default_value.empty()) {
      notes += (notes.empty() ? "default: " : "; default: ") + setting.default_value;
    }
    options.addOption(
        Poco::Util::Option(setting.key, "",
                           notes.empty() ? setting.meaning : setting.meaning + " (" + notes + ")")
            .repeatable(true)  // the last one wins
            .argument("VALUE")
            .binding(setting.key));
  }
}

void load_settings(LayeredConfiguration& configuration, std::span<const Setting> settings) {
  const auto is_known = [&](const std::string& key) {
    return key.starts_with(logging_prefix) ||
           std::any_of(settings.begin(), settings.end(),
                       [&](const Setting& setting) { return setting.key == key; });
  };
  const std::string config_file(config_file_property);
  Poco::AutoPtr<PropertiesFile> file;
  if (configuration.hasProperty(config_file)) {
    const auto path = path_option("config", configuration.getRawString(config_file));
    file = new PropertiesFile(path.string(), is_known);
  }

  Poco::AutoPtr<MapConfiguration> command_line(new MapConfiguration);
  Poco::AutoPtr<MapConfiguration> environment(new MapConfiguration);
  Poco::AutoPtr<MapConfiguration> defaults(new MapConfiguration);
  for (const Setting& setting : settings) {
    defaults->setString(setting.key, setting.default_value);
    if (configuration.hasProperty(setting.key)) {
      command_line->setString(setting.key, configuration.getRawString(setting.key));
    }
    if (const char* value = std::getenv(environment_name(setting.key).c_str())) {
      environment->setString(setting.key, value);
    }
  }
  configuration.add(command_line, command_line_layer, command_line_priority, false);
  configuration.add(environment, environment_layer, environment_priority, false);
  if (file) configuration.add(file, file_layer, file_priority, false);
  configuration.add(defaults, default_priority, false);
}

std::filesystem::path path_option(const std::string& name, const std::string& text) {
  try {
    return FilePath::parse(text);
  } catch (const BadValue& error) {
    throw SettingsError("--" + name + ": " + in_quotes(text) + ' ' + error.what());
  }
}

std::vector<std::pair<std::string, std::string>> settings_in_force(
    const LayeredConfiguration& configuration, std::span<const Setting> settings) {
  std::vector<std::pair<std::string, std::string>> found;
  std::set<std::string> seen;
  for (const Setting& setting : settings) {
    if (setting.telling == Telling::secret) continue;
    found.emplace_back(setting.key, told_text_of(configuration, setting, settings));
    seen.insert(setting.key);
  }
  const auto add_below = [&](const auto& self, const std::string& parent) -> void {
    AbstractConfiguration::Keys children;
    configuration.keys(parent, children);
    for (const std::string& child : children) {
      const std::string key = parent + "." + child;
      if (configuration.hasProperty(key) && seen.insert(key).second) {
        found.emplace_back(key, told_text_of(configuration, {key, "", "", ""}, settings));
      }
      self(self, key);
    }
  };
  add_below(add_below, std::string(logging_prefix.substr(0, logging_prefix.size() - 1)));
  return found;
}

bool is_chosen(const LayeredConfiguration& configuration, const Setting& setting) {
  return layer_with_key(configuration, command_line_layer, setting.key) ||
         layer_with_key(configuration, environment_layer, setting.key) ||
         configuration.getRawString(setting.key, setting.default_value) != setting.default_value;
}

SettingsError setting_error(const LayeredConfiguration& configuration, const Setting& setting,
                            const std::string& problem) {
  std::string sentence = setting.key + ": ";
  sentence += setting.telling == Telling::secret
                  ? "the value"
                  : in_quotes(configuration.getRawString(setting.key, ""));
  sentence += ' ' + problem;
  const std::string source = source_of(configuration, setting.key);
  if (!source.empty()) sentence += " (the value is from " + source + ")";
  return SettingsError(sentence);
}

void read_setting(const LayeredConfiguration& configuration, const Setting& setting,
                  const std::function<void(const std::string&)>& take) {
  const std::string text = text_of(configuration, setting);
  try {
    take(text);
  } catch (const BadValue& error) {
    throw setting_error(configuration, setting, error.what());
  }
}

}  // namespace lottery
