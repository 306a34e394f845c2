#include "agency_client/agency_settings.h"

#include <cstdint>
#include <limits>
#include <utility>

#include "program/log.h"
#include "protocol/bet.h"
#include "text/decimal.h"

namespace lottery {
namespace {

// Any bet fits into a batch of this size: its fields, commas and line end, and the message around
// it.
constexpr std::int32_t batch_bytes_min = 512;
static_assert(2 * name_bytes_max + document_bytes_max + 64 < batch_bytes_min);

constexpr std::int32_t batch_bytes_max = 16 * 1024 * 1024;
constexpr std::int32_t batch_bets_max = 1'000'000;
constexpr std::int32_t batches_in_flight_max = 64;
constexpr std::int32_t timeout_seconds_max = 24 * 60 * 60;
constexpr std::int32_t poll_interval_ms_max = 60 * 60 * 1000;

/// Checks `host:port` without asking for the host: its name may be known later.
std::string address_setting(const Poco::Util::AbstractConfiguration& configuration) {
  const std::string key = "service.address";
  std::string address = text_setting(configuration, key);
  const std::size_t colon = address.rfind(':');
  const auto port = colon == std::string::npos || colon == 0
                        ? std::nullopt
                        : parse_decimal(std::string_view(address).substr(colon + 1));
  if (!port || *port < 1 || *port > 65535) {
    throw setting_error(configuration, key, "of the form host:port");
  }
  return address;
}

Dialogue dialogue_setting(const Poco::Util::AbstractConfiguration& configuration) {
  const std::string key = "protocol.numbered";
  const std::string text = text_setting(configuration, key);
  if (text == "true") return Dialogue::numbered;
  if (text == "false") return Dialogue::plain;
  throw setting_error(configuration, key, "true or false");
}

}  // namespace

std::vector<Setting> agency_setting_list() {
  std::vector<Setting> settings{
      {"agency.id", "1", "this agency's id"},
      {"agency.bets", "data/agency-${agency.id}.csv", "file of its bets"},
      {"agency.winners", "",
       "file that its winners are written to, one bet a line (default: none)"},
      {"service.address", "127.0.0.1:12345", "host:port of the service"},
      {"service.reach_timeout_seconds", "60",
       "how long to go on trying while the service can't be reached"},
      {"service.answer_timeout_seconds", "60", "how long one answer may take"},
      {"batch.max_bets", "150", "most bets in a batch"},
      {"batch.max_bytes", "8192", "most bytes in a batch, all of its message counted"},
      {"batch.in_flight", "8",
       "batches sent ahead of their answers, where they are numbered; 1 waits for each answer"},
      {"winners.poll_interval_ms", "1000",
       "pause before asking again for the winners, if protocol.numbered is false"},
      {"protocol.numbered", "true",
       "number batches, to resume after a failure; false for a service that knows types 0 to 6 "
       "only"},
  };
  for (Setting& setting : log_settings(LogWriter::whoever_logs)) {
    settings.push_back(std::move(setting));
  }
  return settings;
}

AgencySettings read_agency_settings(const Poco::Util::AbstractConfiguration& configuration) {
  const auto number = [&](const char* key, std::int32_t min, std::int32_t max) {
    return whole_number_setting(configuration, key, min, max);
  };
  const auto seconds = [&](const char* key) {
    return std::chrono::seconds(number(key, 1, timeout_seconds_max));
  };
  return {
      .agency = AgencyId{number("agency.id", 0, std::numeric_limits<std::int32_t>::max())},
      .bets_path = text_setting(configuration, "agency.bets"),
      .winners_path = text_setting(configuration, "agency.winners"),
      .service = {.host_and_port = address_setting(configuration),
                  .answer_timeout = seconds("service.answer_timeout_seconds")},
      .batch = {.bets_max = static_cast<std::size_t>(number("batch.max_bets", 1, batch_bets_max)),
                .bytes_max = static_cast<std::size_t>(
                    number("batch.max_bytes", batch_bytes_min, batch_bytes_max)),
                .in_flight_max =
                    static_cast<std::size_t>(number("batch.in_flight", 1, batches_in_flight_max))},
      .poll_interval =
          std::chrono::milliseconds(number("winners.poll_interval_ms", 1, poll_interval_ms_max)),
      .reach_timeout = seconds("service.reach_timeout_seconds"),
      .dialogue = dialogue_setting(configuration),
  };
}

}  // namespace lottery
