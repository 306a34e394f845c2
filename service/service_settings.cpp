#include "service/service_settings.h"

#include <Poco/Exception.h>
#include <Poco/String.h>
#include <Poco/StringTokenizer.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

#include "program/log.h"
#include "text/decimal.h"

namespace lottery {
namespace {

using Poco::Util::AbstractConfiguration;

constexpr std::int32_t ports_max = 65535;
constexpr std::int32_t agencies_max = 10'000;
constexpr std::int32_t connections_max = 10'000;
constexpr std::int32_t message_bytes_min = 256;
constexpr std::int32_t message_bytes_max = 16 * 1024 * 1024;
constexpr std::int32_t idle_timeout_seconds_max = 24 * 60 * 60;

Poco::Net::SocketAddress address_setting(const AbstractConfiguration& configuration,
                                         std::int32_t port) {
  try {
    return {text_setting(configuration, "service.host"), static_cast<Poco::UInt16>(port)};
  } catch (const Poco::Exception&) {
    throw setting_error(configuration, "service.host", "the address of a host");
  }
}

/// A count N stands for the agencies 1 to N; otherwise their ids, with commas between.
std::vector<AgencyId> agencies_setting(const AbstractConfiguration& configuration) {
  const std::string key = "lottery.agencies";
  const std::string text = text_setting(configuration, key);
  std::vector<AgencyId> agencies;
  if (text.find(',') == std::string::npos) {
    const auto count = whole_number_setting(configuration, key, 1, agencies_max);
    for (std::int32_t id = 1; id <= count; ++id) agencies.push_back(AgencyId{id});
    return agencies;
  }
  for (const std::string& item :
       Poco::StringTokenizer(text, ",", Poco::StringTokenizer::TOK_TRIM)) {
    const auto id = parse_decimal(item);
    if (!id || std::find(agencies.begin(), agencies.end(), AgencyId{*id}) != agencies.end()) {
      throw setting_error(configuration, key,
                          "a count, or ids with commas between and none of them twice");
    }
    agencies.push_back(AgencyId{*id});
  }
  if (agencies.size() > agencies_max) {
    throw setting_error(configuration, key, "a list of at most " + std::to_string(agencies_max));
  }
  return agencies;
}

}  // namespace

std::vector<Setting> service_setting_list() {
  std::vector<Setting> settings{
      {"service.host", "0.0.0.0", "address to listen on"},
      {"service.port", "12345", "port to listen on; 0 takes any free one"},
      {"service.single_bet_port", "0", "port for peers that send one bet a message; 0: none"},
      {"service.backlog", "64", "connections that may wait to be accepted"},
      {"service.max_connections", "1024", "connections served at once"},
      {"service.idle_timeout_seconds", "60",
       "a connection that is silent for longer, or takes longer over one message, is closed"},
      {"service.max_message_bytes", "65536", "longest message, with its CR LF"},
      {"lottery.agencies", "5", "a count N (agencies 1 to N), or ids: 1,2,7"},
      {"lottery.winning_number", "7574", "the number that wins, from 0 to 2147483647"},
      {"storage.path", "var/bets.db", "the SQLite database"},
  };
  for (Setting& setting : log_settings(LogWriter::background_thread))
    settings.push_back(std::move(setting));
  return settings;
}

ServiceSettings read_service_settings(const AbstractConfiguration& configuration) {
  const auto number = [&](const char* key, std::int32_t min, std::int32_t max) {
    return whole_number_setting(configuration, key, min, max);
  };
  ServiceSettings settings{
      .address = address_setting(configuration, number("service.port", 0, ports_max)),
      .single_bet_address = {},
      .limits = {.backlog = number("service.backlog", 1, 65535),
                 .connections_max = number("service.max_connections", 1, connections_max),
                 .idle_timeout = std::chrono::seconds(
                     number("service.idle_timeout_seconds", 1, idle_timeout_seconds_max)),
                 .message_bytes_max = static_cast<std::size_t>(
                     number("service.max_message_bytes", message_bytes_min, message_bytes_max))},
      .terms = {.agencies = agencies_setting(configuration),
                .winning_number =
                    number("lottery.winning_number", 0, std::numeric_limits<std::int32_t>::max())},
      .storage_path = text_setting(configuration, "storage.path"),
  };
  if (const std::int32_t port = number("service.single_bet_port", 0, ports_max); port != 0) {
    settings.single_bet_address = address_setting(configuration, port);
  }
  if (settings.storage_path.empty()) {
    throw setting_error(configuration, "storage.path", "the path of a file");
  }
  return settings;
}

}  // namespace lottery
