#pragma once

#include <Poco/Util/LayeredConfiguration.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "agency_client/service_connection.h"
#include "program/settings.h"
#include "protocol/agency_id.h"

namespace lottery {

/// Every setting of the agency client, with those of its log.
std::vector<Setting> agency_setting_list();

/// When a batch is full, at whichever comes first; and how many travel at once.
struct BatchLimits {
  std::size_t bets_max = 0;
  std::size_t bytes_max = 0;      ///< of the whole message
  std::size_t in_flight_max = 0;  ///< sent and not answered yet
};

/// Which messages the service knows.
enum class Protocol : std::uint8_t {
  unnumbered,  ///< types 0 to 6: what is lost on the way can't be asked for
  numbered,    ///< NUMBERED_BETS and RESUME too: every bet once, whatever is lost
};

/// The settings in force, checked.
struct AgencySettings {
  AgencyId agency;
  std::filesystem::path bets_path;
  std::filesystem::path winners_path;  ///< empty: none
  ServiceAccess service;
  bool speaks_tls = false;
  TlsFiles tls_files{};  ///< for service.tls, if that speaks TLS
  BatchLimits batch;
  std::chrono::milliseconds poll_interval{0};
  std::chrono::seconds reach_timeout{0};  ///< how long to go on trying while nothing goes well
  Protocol protocol = Protocol::numbered;
};

/// Throws SettingsError, which names the key, if a value can't be used.
/// load_settings() must have loaded `configuration`.
AgencySettings read_agency_settings(const Poco::Util::LayeredConfiguration& configuration);

}  // namespace lottery
