#pragma once

#include <Poco/Net/SocketAddress.h>
#include <Poco/Util/AbstractConfiguration.h>

#include <filesystem>
#include <optional>
#include <vector>

#include "program/settings.h"
#include "service/connections/agency_server.h"
#include "service/lottery.h"

namespace lottery {

/// Every setting of the service, with its default.
std::vector<Setting> service_setting_list();

/// The settings in force, checked.
struct ServiceSettings {
  Poco::Net::SocketAddress address;
  std::optional<Poco::Net::SocketAddress> single_bet_address;
  ServerLimits limits;
  DrawTerms terms;
  std::filesystem::path storage_path;
};

/// Throws SettingsError, which names the key, where a value can't be used.
ServiceSettings read_service_settings(const Poco::Util::AbstractConfiguration& configuration);

}  // namespace lottery
