#pragma once

#include <Poco/Net/IPAddress.h>
#include <Poco/Util/LayeredConfiguration.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "network/tls/tls_context.h"
#include "program/settings.h"
#include "service/connections/server_limits.h"
#include "service/lottery.h"
#include "service/status/status_settings.h"
#include "service/storage/postgresql/postgresql_settings.h"

namespace lottery {

/// Every setting of the service, with those of its log.
std::vector<Setting> service_setting_list();

/// What keeps the ledger.
enum class StorageEngine : std::uint8_t { sqlite, postgresql };

/// Where the ledger is.
struct StorageSettings {
  StorageEngine engine = StorageEngine::sqlite;
  std::filesystem::path path{};     ///< for StorageEngine::sqlite
  PostgresqlSettings postgresql{};  ///< for StorageEngine::postgresql
};

/// The settings in force, checked.
struct ServiceSettings {
  Poco::Net::IPAddress host;
  std::optional<std::uint16_t> port;             ///< empty: none; 0: any that is free
  std::optional<std::uint16_t> tls_port;         ///< the same
  std::optional<std::uint16_t> single_bet_port;  ///< the same
  TlsFiles tls_files;                            ///< for tls_port
  ServerLimits limits;
  std::optional<int> connections_per_address_max;  ///< as it was set; limits has what is in force
  StatusSettings status;
  DrawTerms terms;
  StorageSettings storage;
};

/// Throws SettingsError, which names the key, if a value can't be used. load_settings() must have
/// loaded `configuration`.
ServiceSettings read_service_settings(const Poco::Util::LayeredConfiguration& configuration);

/// The settings of the status page alone, for --ready. Throws SettingsError.
StatusSettings read_status_settings(const Poco::Util::LayeredConfiguration& configuration);

/// The settings of the storage alone, for tasks that only need the ledger. Throws SettingsError.
StorageSettings read_storage_settings(const Poco::Util::LayeredConfiguration& configuration);

}  // namespace lottery
