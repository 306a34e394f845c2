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

/// The settings of a program: which there are, where their values come from, and whether a value is
/// in range. A value on the command line (--service.port=1) comes before one in the environment
/// (SERVICE_PORT=1), that before one in the properties file, and that before the default.
namespace lottery {

/// Whether the value of a setting is told: in the log line `config`, and in errors.
enum class Telling : std::uint8_t { told, secret };

/// What --help and the documents say of a setting.
struct Setting {
  std::string key;
  std::string default_value;
  std::string range;    ///< the values that it takes, in words; empty: any text
  std::string meaning;  ///< one sentence, without its full stop
  Telling telling = Telling::told;
};

/// Adds one option for each setting, and --config, whose value becomes the property `config_file`.
inline constexpr std::string_view config_file_property = "config_file";
void define_options(Poco::Util::OptionSet& options, std::span<const Setting> settings);

/// Puts the environment, the file that the property `config_file` names, if there is one, and the
/// defaults beneath what the command line has said. Throws SettingsError if the file can't be
/// read (properties_file.h); nothing has been changed then. Keys that begin with `logging.` are
/// Poco's own, and all known.
void load_settings(Poco::Util::LayeredConfiguration& configuration,
                   std::span<const Setting> settings);

/// The path that the option `name` was given on the command line. Throws SettingsError if it is
/// empty, or if a shell should have replaced its ~.
std::filesystem::path path_option(const std::string& name, const std::string& text);

/// Every setting in force that may be told, by key, with those of `logging.` that only the file
/// has. Throws SettingsError if one of them refers to a secret.
std::vector<std::pair<std::string, std::string>> settings_in_force(
    const Poco::Util::LayeredConfiguration& configuration, std::span<const Setting> settings);

/// True if somebody has chosen the value of `setting`: on the command line, in the environment, or
/// in the file. A file that repeats the default has chosen nothing, because the one that is shipped
/// has every key.
bool is_chosen(const Poco::Util::LayeredConfiguration& configuration, const Setting& setting);

/// The error that the value of `setting` is bad. It names the key, the value unless that is a
/// secret, and where the value is from unless that is the default. `problem` is what BadValue says.
SettingsError setting_error(const Poco::Util::LayeredConfiguration& configuration,
                            const Setting& setting, const std::string& problem);

/// Calls `take` with the value of `setting`, in which ${other.key} has been replaced. Throws
/// SettingsError if `take` throws BadValue.
void read_setting(const Poco::Util::LayeredConfiguration& configuration, const Setting& setting,
                  const std::function<void(const std::string& text)>& take);

/// The one place where a program's settings are declared, and where the value of each goes in
/// `Values`. To add a setting, add one entry and the member that holds its value.
template <typename Values>
class SettingTable {
 public:
  /// Declares a setting. `kind` is one of setting_kinds.h, or like them. `place` is a pointer to a
  /// member of `Values`, or returns a reference into a Values&, whose type is that of the kind's
  /// values.
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

  /// The setting with this key, which must be declared. Throws std::out_of_range.
  const Setting& at(std::string_view key) const {
    for (const Setting& setting : settings_) {
      if (setting.key == key) return setting;
    }
    throw std::out_of_range(std::string(key) + " is not declared");
  }

  /// Reads every setting whose key begins with `prefix` into `values`. Throws SettingsError.
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
  std::vector<std::function<void(Values&, const std::string&)>> takers_;  // of each of settings_
};

}  // namespace lottery
