#include "service/service_settings.h"

#include <Poco/Exception.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/StringTokenizer.h>

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

#include "program/log.h"
#include "program/setting_kinds.h"
#include "service/storage/postgresql/connection.h"
#include "text/decimal.h"

namespace lottery {
namespace {

using Poco::Util::LayeredConfiguration;

constexpr std::int32_t agencies_max = 10'000;
constexpr std::int32_t connections_max = 10'000;

/// A number of connections. Empty stands for a default that depends on another setting.
struct ConnectionsOrNothing {
  using Value = std::optional<int>;

  static std::string range() { return "1 to " + std::to_string(connections_max) + ", or empty"; }

  static Value parse(const std::string& text) {
    if (text.empty()) return {};
    return parse_whole_number(text, 1, connections_max);
  }
};

/// The address of one of this machine's network interfaces, or a host name that resolves to one.
struct HostToListenOn {
  using Value = Poco::Net::IPAddress;

  std::string port_key;

  static std::string range() { return "an address"; }

  Value parse(const std::string& text) const {
    const std::string expected = "is not the address of a host";
    if (const std::size_t scheme = text.find("://"); scheme != std::string::npos) {
      throw BadValue(expected + ": leave out " + text.substr(0, scheme + 3));
    }
    if (std::count(text.begin(), text.end(), ':') == 1) {
      throw BadValue(expected + ": the port has a key of its own, " + port_key);
    }
    if (text.starts_with('[')) throw BadValue(expected + ": leave out the brackets");
    try {
      return Poco::Net::SocketAddress(text, Poco::UInt16{0}).host();
    } catch (const Poco::Exception&) {
      throw BadValue(expected);
    }
  }
};

/// A count N means the agencies 1 to N; otherwise this is a list of ids, separated by commas. `7,`
/// means agency 7 alone.
struct AgencyList {
  using Value = std::vector<AgencyId>;

  static std::string range() {
    return "a count from 1 to " + std::to_string(agencies_max) + ", or ids: 1,2,7 or 7,";
  }

  static Value parse(const std::string& text) {
    Value agencies;
    if (text.find(',') == std::string::npos) {
      const std::int32_t count = parse_whole_number(text, 1, agencies_max);
      for (std::int32_t id = 1; id <= count; ++id) agencies.push_back(AgencyId{id});
      return agencies;
    }
    Poco::StringTokenizer items(text, ",", Poco::StringTokenizer::TOK_TRIM);
    const bool is_single = items.count() == 2 && items[1].empty();
    const auto end = is_single ? std::prev(items.end()) : items.end();
    for (auto item = items.begin(); item != end; ++item) {
      const auto id = parse_decimal(*item);
      if (!id || std::find(agencies.begin(), agencies.end(), AgencyId{*id}) != agencies.end()) {
        throw BadValue("is neither a count nor a list of different ids, separated by commas");
      }
      agencies.push_back(AgencyId{*id});
    }
    if (agencies.size() > agencies_max) {
      throw BadValue("has more than " + std::to_string(agencies_max) + " agencies");
    }
    return agencies;
  }
};

/// A libpq connection string, or empty.
struct ConnectionString {
  using Value = std::string;

  static std::string range() { return "a connection string or URI, or empty"; }

  static Value parse(const std::string& text) {
    try {
      postgresql::without_password(text);
    } catch (const std::invalid_argument&) {
      // libpq's sentence quotes a part of the text, which may be the password.
      throw BadValue(
          "is not a libpq connection string, such as host=db1,db2 dbname=lottery user=lottery, and "
          "not a URI");
    }
    return text;
  }
};

SettingTable<ServiceSettings> declare_settings() {
  SettingTable<ServiceSettings> table;
  table
      .add("service.host", "0.0.0.0", HostToListenOn{"service.port"}, &ServiceSettings::host,
           "address to listen on: that of a network interface, or 0.0.0.0 for all of them")
      .add("service.port", "12345", PortToListenOn{}, &ServiceSettings::port,
           "port to listen on; 'any' means a free port, but `make up` needs a number")
      .add("service.tls.port", "none", PortToListenOn{}, &ServiceSettings::tls_port,
           "port that speaks TLS 1.3 and requires a certificate from every peer; set "
           "service.port = none to accept no bet without a certificate")
      .add(
          "service.tls.certificate", "", OptionalFilePath{},
          [](ServiceSettings & values) -> auto& { return values.tls_files.certificate; },
          "PEM file with the service's certificate, followed by those of intermediate CAs; SIGHUP "
          "rereads all files of service.tls, or none if one of them can't be used")
      .add(
          "service.tls.key", "", OptionalFilePath{},
          [](ServiceSettings & values) -> auto& { return values.tls_files.key; },
          "PEM file with the private key of that certificate, without a passphrase; its mode must "
          "be "
          "0600, or 0640 if root owns it")
      .add(
          "service.tls.agencies_ca", "", OptionalFilePath{},
          [](ServiceSettings & values) -> auto& { return values.tls_files.trusted; },
          "PEM file with the CAs that issue the agencies' certificates; a certificate names its "
          "agencies in its subject alternative names, as URI:urn:lottery:agency:7")
      .add(
          "service.tls.revoked", "", OptionalFilePath{},
          [](ServiceSettings & values) -> auto& { return values.tls_files.revoked; },
          "PEM file with the CAs' lists of revoked certificates (CRLs); if empty, no certificate "
          "is "
          "ever revoked")
      .add(
          "service.tls.handshake_timeout_seconds", "10", WholeNumber<std::chrono::seconds>{1, 3600},
          [](ServiceSettings & values) -> auto& { return values.limits.handshake_timeout; },
          "how long the whole TLS handshake may take")
      .add("service.single_bet_port", "none", PortToListenOn{}, &ServiceSettings::single_bet_port,
           "port for the oldest clients, which send one bet per message and wait for each answer")
      .add(
          "service.backlog", "64", WholeNumber<int>{1, 65535},
          [](ServiceSettings & values) -> auto& { return values.limits.backlog; },
          "how many connections may wait to be accepted; a client that finds no room tries again "
          "after a second, so raise this if hundreds of agencies start at the same moment")
      .add(
          "service.max_connections", "1024", WholeNumber<int>{1, connections_max},
          [](ServiceSettings & values) -> auto& { return values.limits.connections_max; },
          "how many connections are served at once; if one more comes, the service closes the "
          "oldest connection that has sent no valid message, from the address with the most such "
          "connections; if there is none, the new connection is told that the service is full, and "
          "is closed")
      .add("service.max_connections_per_address", "", ConnectionsOrNothing{},
           &ServiceSettings::connections_per_address_max,
           "how many connections of one address are served at once, on all ports together; one "
           "more is "
           "told so, and is closed; all IPv6 addresses of a /64 count as one address; if empty, "
           "three "
           "quarters of service.max_connections, rounded up, but fewer than all; `make up` without "
           "containers sets it to service.max_connections, because all agencies have one address "
           "there")
      .add(
          "service.idle_timeout_seconds", "60", WholeNumber<std::chrono::seconds>{1, 86'400},
          [](ServiceSettings & values) -> auto& { return values.limits.idle_timeout; },
          "a connection is closed if it is silent for longer than this, or takes longer to send "
          "one "
          "message or to read its answer")
      .add(
          "service.max_message_bytes", "65536", WholeNumber<std::size_t>{256, 16 * 1024 * 1024},
          [](ServiceSettings & values) -> auto& { return values.limits.message_bytes_max; },
          "longest message that is accepted, including its CR LF")
      .add(
          "status.host", "127.0.0.1", HostToListenOn{"status.port"},
          [](ServiceSettings & values) -> auto& { return values.status.host; },
          "address that the status page listens on; the page has no password, so use an address "
          "that "
          "only operators can reach")
      .add(
          "status.port", "12346", PortToListenOn{},
          [](ServiceSettings & values) -> auto& { return values.status.port; },
          "HTTP port of the status page: the board, /metrics and the health checks; if this is not "
          "set and the default port is in use, the service starts without a status page")
      .add(
          "status.max_connections", "64", WholeNumber<int>{1, 1000},
          [](ServiceSettings & values) -> auto& { return values.status.connections_max; },
          "how many connections to the status page are served at once; up to three quarters of "
          "them "
          "may be open boards")
      .add(
          "lottery.agencies", "5", AgencyList{},
          [](ServiceSettings & values) -> auto& { return values.terms.agencies; },
          "the agencies of each draw that opens from now on; a count N means the agencies 1 to N")
      .add(
          "lottery.winning_number", "7574",
          WholeNumber<>{0, std::numeric_limits<std::int32_t>::max()},
          [](ServiceSettings & values) -> auto& { return values.terms.winning_number; },
          "the number that wins each draw that happens from now on; it never appears in the log",
          Telling::secret)
      .add(
          "storage.engine", "sqlite",
          Choice<StorageEngine>{
              {{"sqlite", StorageEngine::sqlite}, {"postgresql", StorageEngine::postgresql}}},
          [](ServiceSettings & values) -> auto& { return values.storage.engine; },
          "where the ledger is kept: in the SQLite file storage.path, or on a PostgreSQL server")
      .add(
          "storage.postgresql.connection", "", ConnectionString{},
          [](ServiceSettings & values) -> auto& { return values.storage.postgresql.connection; },
          "a libpq connection string or URI, which may name several hosts; put the password into "
          "libpq's password file, not here; it never appears in the log",
          Telling::secret)
      .add(
          "storage.postgresql.connections", "16", WholeNumber<int>{1, 1000},
          [](ServiceSettings & values) -> auto& {
            return values.storage.postgresql.connections_max;
          },
          "most connections that are open to the server at once; all agencies share them")
      .add(
          "storage.postgresql.synchronous_replicas", "0", WholeNumber<int>{0, 100},
          [](ServiceSettings & values) -> auto& {
            return values.storage.postgresql.synchronous_replicas;
          },
          "how many replicas must have flushed a batch before its ACK; the service does not start "
          "with a server that is configured for fewer")
      .add(
          "storage.path", "var/bets.db", FilePath{},
          [](ServiceSettings & values) -> auto& { return values.storage.path; },
          "file of the SQLite database, relative to the folder that the service starts in; the "
          "service makes the file with mode 0640, and its folder, if missing, with mode 0750; a "
          "symbolic link must point to an existing file");
  return table;
}

const SettingTable<ServiceSettings>& table() {
  static const SettingTable<ServiceSettings> declared = declare_settings();
  return declared;
}

/// Rounds up.
int three_quarters(int number) noexcept { return (3 * number + 3) / 4; }

/// The default limit for one address: not all of `connections`, unless there is only one.
int share_of_one_address(int connections) noexcept {
  return std::clamp(three_quarters(connections), 1, std::max(1, connections - 1));
}

void check_ports(const LayeredConfiguration& configuration, const ServiceSettings& settings) {
  const std::array ports{
      std::pair("service.port", settings.port), std::pair("service.tls.port", settings.tls_port),
      std::pair("service.single_bet_port", settings.single_bet_port),
      std::pair("status.port",
                settings.status.port_is_chosen ? settings.status.port : std::nullopt)};
  if (!settings.port && !settings.tls_port && !settings.single_bet_port) {
    throw setting_error(configuration, table().at("service.port"),
                        "leaves the service without a port, because service.tls.port and "
                        "service.single_bet_port are none, too");
  }
  for (auto port = ports.begin(); port != ports.end(); ++port) {
    const bool is_number = port->second.value_or(0) != 0;
    const auto same = std::find_if(ports.begin(), port, [&](const auto& other) {
      return is_number && other.second == port->second;
    });
    if (same == port) continue;
    throw setting_error(
        configuration, table().at(port->first),
        std::string("is also the port of ") + same->first + "; each needs a port of its own");
  }
}

void check_tls_files(const LayeredConfiguration& configuration, const ServiceSettings& settings) {
  if (!settings.tls_port) return;
  for (const auto& [key, path] :
       {std::pair("service.tls.certificate", &settings.tls_files.certificate),
        std::pair("service.tls.key", &settings.tls_files.key),
        std::pair("service.tls.agencies_ca", &settings.tls_files.trusted)}) {
    if (!path->empty()) continue;
    throw setting_error(configuration, table().at(key),
                        "names no file, but service.tls.port needs one");
  }
}

void check_storage(const LayeredConfiguration& configuration, const ServiceSettings& settings) {
  const StorageSettings& storage = settings.storage;
  if (storage.engine == StorageEngine::postgresql && storage.postgresql.connection.empty()) {
    throw setting_error(configuration, table().at("storage.postgresql.connection"),
                        "is empty, but storage.engine = postgresql needs it");
  }
}

}  // namespace

std::vector<Setting> service_setting_list() {
  std::vector<Setting> settings = table().settings();
  for (Setting& setting : log_settings(LogWriter::background_thread))
    settings.push_back(std::move(setting));
  return settings;
}

ServiceSettings read_service_settings(const LayeredConfiguration& configuration) {
  ServiceSettings settings;
  table().read(configuration, settings);
  settings.status.port_is_chosen = is_chosen(configuration, table().at("status.port"));
  check_ports(configuration, settings);
  check_tls_files(configuration, settings);
  check_storage(configuration, settings);
  settings.limits.connections_per_address_max = settings.connections_per_address_max.value_or(
      share_of_one_address(settings.limits.connections_max));
  return settings;
}

StatusSettings read_status_settings(const LayeredConfiguration& configuration) {
  ServiceSettings settings;
  table().read(configuration, settings, "status.");
  return settings.status;
}

StorageSettings read_storage_settings(const LayeredConfiguration& configuration) {
  ServiceSettings settings;
  table().read(configuration, settings, "storage.");
  check_storage(configuration, settings);
  return settings.storage;
}

}  // namespace lottery
