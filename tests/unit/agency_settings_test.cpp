#include "agency_client/agency_settings.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "protocol/bet.h"
#include "protocol/request.h"
#include "tests/support/loaded_settings.h"

namespace lottery::test {
namespace {

const std::string on_command_line = " (the value is from the command line)";

/// Reads settings that have their defaults, except for these.
AgencySettings read(const std::map<std::string, std::string>& values = {}) {
  return read_agency_settings(*loaded_settings(agency_setting_list(), values));
}

/// The error for this value; empty if it is valid.
std::string refusal(const std::string& key, const std::string& value) {
  try {
    read({{key, value}});
    return {};
  } catch (const SettingsError& error) {
    return error.what();
  }
}

TEST(AgencySettings, HaveTheseDefaults) {
  const AgencySettings settings = read();
  EXPECT_EQ(settings.agency, AgencyId{1});
  EXPECT_EQ(settings.bets_path, "data/agency-1.csv");
  EXPECT_EQ(settings.winners_path, "");
  EXPECT_EQ(settings.service.addresses, std::vector<std::string>{"127.0.0.1:12345"});
  EXPECT_EQ(settings.reach_timeout, std::chrono::seconds(60));
  EXPECT_EQ(settings.service.answer_timeout, std::chrono::seconds(60));
  EXPECT_EQ(settings.batch.bets_max, 150U);
  EXPECT_EQ(settings.batch.bytes_max, 8192U);
  EXPECT_EQ(settings.batch.in_flight_max, 8U);
  EXPECT_EQ(settings.poll_interval, std::chrono::milliseconds(1000));
}

TEST(AgencySettings, EachGoesWhereItBelongs) {
  const AgencySettings settings = read({{"agency.id", "7"},
                                        {"agency.bets", "bets.csv"},
                                        {"agency.winners", "winners.csv"},
                                        {"service.address", "lottery.example:1"},
                                        {"service.reach_timeout_seconds", "2"},
                                        {"service.answer_timeout_seconds", "3"},
                                        {"batch.max_bets", "4"},
                                        {"batch.max_bytes", "555"},
                                        {"batch.in_flight", "5"},
                                        {"winners.poll_interval_ms", "6"}});
  EXPECT_EQ(settings.agency, AgencyId{7});
  EXPECT_EQ(settings.bets_path, "bets.csv");
  EXPECT_EQ(settings.winners_path, "winners.csv");
  EXPECT_EQ(settings.service.addresses, std::vector<std::string>{"lottery.example:1"});
  EXPECT_EQ(settings.reach_timeout, std::chrono::seconds(2));
  EXPECT_EQ(settings.service.answer_timeout, std::chrono::seconds(3));
  EXPECT_EQ(settings.batch.bets_max, 4U);
  EXPECT_EQ(settings.batch.bytes_max, 555U);
  EXPECT_EQ(settings.batch.in_flight_max, 5U);
  EXPECT_EQ(settings.poll_interval, std::chrono::milliseconds(6));
}

TEST(AgencySettings, NameTheBetsFileByTheAgencysId) {
  EXPECT_EQ(read({{"agency.id", "42"}}).bets_path, "data/agency-42.csv");
}

TEST(AgencySettings, AreTakenWithinTheirRangesAndRefusedOutsideByTheirKey) {
  struct Range {
    std::string key;
    std::int64_t min;
    std::int64_t max;
  };
  const std::vector<Range> ranges{
      {"agency.id", 0, 2'147'483'647},
      {"service.reach_timeout_seconds", 1, 86'400},
      {"service.answer_timeout_seconds", 1, 86'400},
      {"batch.max_bets", 1, 1'000'000},
      {"batch.max_bytes", 512, 16'777'216},
      {"batch.in_flight", 1, 64},
      {"winners.poll_interval_ms", 1, 3'600'000},
  };
  for (const auto& [key, min, max] : ranges) {
    SCOPED_TRACE(key);
    EXPECT_EQ(refusal(key, std::to_string(min)), "");
    EXPECT_EQ(refusal(key, std::to_string(max)), "");
    for (const std::string& bad :
         {std::to_string(min - 1), std::to_string(max + 1), std::string(), std::string("x"),
          std::string("0").append(std::to_string(max))}) {
      EXPECT_EQ(refusal(key, bad), key + ": '" + bad + "' is not a whole number from " +
                                       std::to_string(min) + " to " + std::to_string(max) +
                                       on_command_line);
    }
  }
}

TEST(AgencySettings, RefuseAnAddressThatIsNone) {
  EXPECT_EQ(refusal("service.address", "::1:12345"),
            "service.address: '::1:12345' is not of the form host:port: an IPv6 address is written "
            "in brackets, such as [::1]:12345" +
                on_command_line);
}

TEST(AgencySettings, HaveSeveralAddressesInTheirOrder) {
  EXPECT_EQ(read({{"service.address", "b:1, a:1, [::1]:1"}}).service.addresses,
            (std::vector<std::string>{"b:1", "a:1", "[::1]:1"}));
  EXPECT_EQ(refusal("service.address", "b:1, a"),
            "service.address: 'b:1, a' has the address 'a', which is not of the form host:port, "
            "with a port from 1 to 65535" +
                on_command_line);
}

TEST(AgencySettings, RefuseAPathBelowATilde) {
  for (const std::string key : {"agency.bets", "agency.winners"}) {
    EXPECT_TRUE(refusal(key, "~/file.csv")
                    .starts_with(key + ": '~/file.csv' begins with ~, which only a shell"));
  }
}

TEST(AgencySettings, NumberTheBatchesOrNot) {
  EXPECT_EQ(read({{"protocol.numbered", "true"}}).protocol, Protocol::numbered);
  EXPECT_EQ(read({{"protocol.numbered", "false"}}).protocol, Protocol::unnumbered);
  EXPECT_EQ(refusal("protocol.numbered", "1"),
            "protocol.numbered: '1' is not true or false" + on_command_line);
}

TEST(AgencySettings, AllowNoBatchThatIsTooSmallForSomeBet) {
  const std::string longest = std::string(name_bytes_max, 'x') + "," +
                              std::string(name_bytes_max, 'x') + "," +
                              std::string(document_bytes_max, 'x') + ",1999-03-17,2147483647";
  const std::size_t smallest = read({{"batch.max_bytes", "512"}}).batch.bytes_max;
  EXPECT_LE(BetsEncoder(AgencyId{2147483647}).bytes_with(longest), smallest);
}

}  // namespace
}  // namespace lottery::test
