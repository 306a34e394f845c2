#pragma once

#include <Poco/AutoPtr.h>
#include <Poco/Util/LayeredConfiguration.h>
#include <Poco/Util/MapConfiguration.h>

#include <map>
#include <span>
#include <string>

#include "program/settings.h"

namespace lottery::test {

/// A program's settings as load_settings() loads them for a command line with `values`.
inline Poco::AutoPtr<Poco::Util::LayeredConfiguration> loaded_settings(
    std::span<const Setting> settings, const std::map<std::string, std::string>& values) {
  constexpr int command_line_priority = -100;  // Poco's Application::PRIO_APPLICATION
  Poco::AutoPtr<Poco::Util::LayeredConfiguration> configuration(
      new Poco::Util::LayeredConfiguration);
  configuration->addWriteable(new Poco::Util::MapConfiguration, command_line_priority);
  for (const auto& [key, value] : values) configuration->setString(key, value);
  load_settings(*configuration, settings);
  return configuration;
}

}  // namespace lottery::test
