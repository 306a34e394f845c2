#include "agency_client/agency_settings.h"

#include <cstdint>
#include <limits>
#include <utility>

#include "program/log.h"
#include "program/setting_kinds.h"
#include "protocol/bet.h"

namespace lottery {
namespace {

// Any bet fits into a batch of this size, with its commas, its line end and the message around it.
constexpr std::int32_t batch_bytes_min = 512;
static_assert(2 * name_bytes_max + document_bytes_max + 64 < batch_bytes_min);

SettingTable<AgencySettings> declare_settings() {
  SettingTable<AgencySettings> table;
  table
      .add("agency.id", "1", WholeNumber<AgencyId>{0, std::numeric_limits<std::int32_t>::max()},
           &AgencySettings::agency, "this agency's id")
      .add("agency.bets", "data/agency-${agency.id}.csv", FilePath{}, &AgencySettings::bets_path,
           "file of this agency's bets: CSV, one bet a line, as "
           "first_name,last_name,document,birthdate,number")
      .add("agency.winners", "", OptionalFilePath{}, &AgencySettings::winners_path,
           "file that this agency's winners are written to after the draw, completely or not at "
           "all: "
           "CSV, one bet a line, as in agency.bets; a terminal shows them in any case")
      .add(
          "service.address", "127.0.0.1:12345", HostsAndPorts{},
          [](AgencySettings & values) -> auto& { return values.service.addresses; },
          "address of the service, or of several services on one database; the client begins with "
          "the first, continues at the next if one fails, and after the last begins again")
      .add("service.tls", "false", Choice<bool>{{{"true", true}, {"false", false}}},
           &AgencySettings::speaks_tls,
           "if true, speak TLS 1.3, with the service's service.tls.port; the service's certificate "
           "must "
           "name its host in service.address")
      .add(
          "service.tls.ca", "", OptionalFilePath{},
          [](AgencySettings & values) -> auto& { return values.tls_files.trusted; },
          "PEM file with the CA that has issued the service's certificate")
      .add(
          "agency.certificate", "", OptionalFilePath{},
          [](AgencySettings & values) -> auto& { return values.tls_files.certificate; },
          "PEM file with this agency's certificate, followed by those of intermediate CAs")
      .add(
          "agency.key", "", OptionalFilePath{},
          [](AgencySettings & values) -> auto& { return values.tls_files.key; },
          "PEM file with the private key of that certificate, without a passphrase; its mode must "
          "be "
          "0600, or 0640 if root owns it")
      .add("service.reach_timeout_seconds", "60", WholeNumber<std::chrono::seconds>{1, 86'400},
           &AgencySettings::reach_timeout,
           "how long the client goes on trying while the service can't be reached or is busy; it "
           "tries each address at least once")
      .add(
          "service.answer_timeout_seconds", "60", WholeNumber<std::chrono::seconds>{1, 86'400},
          [](AgencySettings & values) -> auto& { return values.service.answer_timeout; },
          "how long one answer may take")
      .add(
          "batch.max_bets", "150", WholeNumber<std::size_t>{1, 1'000'000},
          [](AgencySettings & values) -> auto& { return values.batch.bets_max; },
          "most bets in a batch; a batch ends at this limit or at batch.max_bytes, whichever comes "
          "first")
      .add(
          "batch.max_bytes", "8192", WholeNumber<std::size_t>{batch_bytes_min, 16 * 1024 * 1024},
          [](AgencySettings & values) -> auto& { return values.batch.bytes_max; },
          "most bytes in the whole message of a batch; the service must accept messages of that "
          "size (service.max_message_bytes)")
      .add(
          "batch.in_flight", "8", WholeNumber<std::size_t>{1, 64},
          [](AgencySettings & values) -> auto& { return values.batch.in_flight_max; },
          "how many batches are sent before the first of them is answered; with 1, or if "
          "protocol.numbered is false, the client waits for each answer before it sends the next "
          "batch")
      .add(
          "winners.poll_interval_ms", "1000", WholeNumber<std::chrono::milliseconds>{1, 3'600'000},
          &AgencySettings::poll_interval,
          "pause before the client asks again for the winners; only if protocol.numbered is false, "
          "because otherwise the service answers when the draw has happened")
      .add("protocol.numbered", "true",
           Choice<Protocol>{{{"true", Protocol::numbered}, {"false", Protocol::unnumbered}}},
           &AgencySettings::protocol,
           "if true, number the batches, so that an interrupted upload continues where it stopped; "
           "false is for a service that knows only the message types 0 to 6");
  return table;
}

const SettingTable<AgencySettings>& table() {
  static const SettingTable<AgencySettings> declared = declare_settings();
  return declared;
}

}  // namespace

std::vector<Setting> agency_setting_list() {
  std::vector<Setting> settings = table().settings();
  for (Setting& setting : log_settings(LogWriter::whoever_logs)) {
    settings.push_back(std::move(setting));
  }
  return settings;
}

AgencySettings read_agency_settings(const Poco::Util::LayeredConfiguration& configuration) {
  AgencySettings settings;
  table().read(configuration, settings);
  const TlsFiles& files = settings.tls_files;
  if (settings.speaks_tls && files.trusted.empty()) {
    throw setting_error(configuration, table().at("service.tls.ca"),
                        "names no file, but service.tls = true needs one");
  }
  if (files.certificate.empty() != files.key.empty()) {
    const char* const missing = files.key.empty() ? "agency.key" : "agency.certificate";
    throw setting_error(configuration, table().at(missing),
                        "names no file, but a certificate and its key must be set together");
  }
  if (settings.speaks_tls) settings.service.tls = files;
  return settings;
}

}  // namespace lottery
