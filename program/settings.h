#pragma once

#include <Poco/Util/LayeredConfiguration.h>
#include <Poco/Util/OptionSet.h>

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "program/settings_error.h"

/// A program's settings: which exist, where their values come from, and whether the values are
/// valid. The command line (--service.port=1) takes precedence over the environment
/// (SERVICE_PORT=1), the environment over the properties file, and the file over the default.
namespace lottery {

/// Whether a setting's value may appear in the log line `config` and in error messages.
enum class Telling : std::uint8_t { told, secret };

/// The description of a setting, for --help and the documents.
struct Setting {
  std::string key;
  std::string default_value;
  std::string range;    ///< the accepted values in words; empty: any text
  std::string meaning;  ///< one sentence, without the full stop
  Telling telling = Telling::told;
};

/// Adds an option for each setting, and --config, which sets the property `config_file`.
inline constexpr std::string_view config_file_property = "config_file";
void define_options(Poco::Util::OptionSet& options, std::span<const Setting> settings);

/// Loads the environment, the file that the property `config_file` names (if any) and the defaults,
/// with lower precedence than the command line. Throws SettingsError if the file can't be read
/// (properties_file.h); then nothing has changed. Keys that begin with `logging.` belong to Poco
/// and are all accepted.
void load_settings(Poco::Util::LayeredConfiguration& configuration,
                   std::span<const Setting> settings);

/// The path given with the command-line option `name`. Throws SettingsError if it is empty, or
/// begins with a ~ that the shell should have expanded.
std::filesystem::path path_option(const std::string& name, const std::string& text);

/// All settings in force that may be shown, by key, including `logging.` keys that only the file
/// has. Throws SettingsError if one of them refers to a secret.
std::vector<std::pair<std::string, std::string>> settings_in_force(
    const Poco::Util::LayeredConfiguration& configuration, std::span<const Setting> settings);

/// True if someone has chosen the value of `setting`: on the command line, in the environment, or
/// in the file. A value in the file that equals the default does not count, because the shipped
/// file contains every key.
bool is_chosen(const Poco::Util::LayeredConfiguration& configuration, const Setting& setting);

/// The error for an invalid value of `setting`. It names the key, the value unless it is secret,
/// and the source of the value unless that is the default. `problem` is the text of BadValue.
SettingsError setting_error(const Poco::Util::LayeredConfiguration& configuration,
                            const Setting& setting, const std::string& problem);

/// Calls `take` with the value of `setting`, after replacing ${other.key}. Throws SettingsError if
/// `take` throws BadValue.
void read_setting(const Poco::Util::LayeredConfiguration& configuration, const Setting& setting,
                  const std::function<void(const std::string& text)>& take);

/// The one place where a program's settings are declared, together with the member of `Values` that
/// receives each value. To add a setting, add one entry and one member.
template <typename Values>
class SettingTable {
 public:
  /// Declares a setting. `kind` is one of the classes in setting_kinds.h, or a similar class.
  /// `place` is a pointer to a member of `Values`, or a function from Values& to a reference, of
  /// the kind's value type.
  template <typename Kind, typename Place>
  requires std::same_as < std::invoke_result_t<Place, Values&>,
  typename Kind::Value& > SettingTable& add(std::string key, std::string default_value, Kind kind,
                                            Place place, std::string meaning,
                                            Telling telling = Telling::told) {
    settings_.push_back(
        {std::move(key), std::move(default_value), kind.range(), std::move(meaning), telling});
    takers_.push_back([kind = std::move(kind), place](Values& values, const std::string& text) {
      std::invoke(place, values) = kind.parse(text);
    });
    return *this;
  }

  const std::vector<Setting>& settings() const noexcept { return settings_; }

  /// The setting with this key. Throws std::out_of_range if it is not declared.
  const Setting& at(std::string_view key) const {
    for (const Setting& setting : settings_) {
      if (setting.key == key) return setting;
    }
    throw std::out_of_range(std::string(key) + " is not declared");
  }

  /// Reads all settings whose key begins with `prefix` into `values`. Throws SettingsError.
  void read(const Poco::Util::LayeredConfiguration& configuration, Values& values,
            std::string_view prefix = "") const {
    for (std::size_t i = 0; i < settings_.size(); ++i) {
      if (!settings_[i].key.starts_with(prefix)) continue;
      read_setting(configuration, settings_[i],
                   [&](const std::string& text) { takers_[i](values, text); });
    }
  }

 private:
  std::vector<Setting> settings_;
  std::vector<std::function<void(Values&, const std::string&)>>
      takers_;  // one for each of settings_
};

}  // namespace lottery
