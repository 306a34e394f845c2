#pragma once

#include <Poco/Util/LayeredConfiguration.h>
#include <Poco/Util/OptionSet.h>

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The settings of a program: which there are, where their values come from, and whether a value is
/// in range. A value on the command line (--service.port=1) comes before one in the environment
/// (SERVICE_PORT=1), that before one in the properties file, and that before the default.
namespace lottery {

struct Setting {
  std::string key;
  std::string default_value;
  std::string meaning;  ///< for --help
};

/// A setting or a configuration file that can't be used; says which, and why.
class SettingsError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Adds one option for each setting, and --config, whose value becomes the property `config_file`.
inline constexpr std::string_view config_file_property = "config_file";
void define_options(Poco::Util::OptionSet& options, std::span<const Setting> settings);

/// Puts the environment, `file` and the defaults beneath what the command line has said. `file` is
/// a Poco properties file; an empty name means none. Throws SettingsError where it can't be read, a
/// line of it has no value, or a key is unknown or there twice; nothing has been changed then. Keys
/// that begin with `logging.` are Poco's own, and all known.
void load_settings(Poco::Util::LayeredConfiguration& configuration,
                   std::span<const Setting> settings, const std::string& file);

/// Every setting in force, by key, with those of `logging.` that only the file has.
std::vector<std::pair<std::string, std::string>> settings_in_force(
    const Poco::Util::LayeredConfiguration& configuration, std::span<const Setting> settings);

/// The values of settings. They throw SettingsError where a value can't be used.
std::string text_setting(const Poco::Util::AbstractConfiguration& configuration,
                         const std::string& key);
std::int32_t whole_number_setting(const Poco::Util::AbstractConfiguration& configuration,
                                  const std::string& key, std::int32_t min, std::int32_t max);

/// The error that `key`, with the value that it has in `configuration`, is not `expected`.
SettingsError setting_error(const Poco::Util::AbstractConfiguration& configuration,
                            const std::string& key, const std::string& expected);

}  // namespace lottery
