#include "service/service_settings.h"

#include <Poco/Util/MapConfiguration.h>
#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <string>
#include <vector>

namespace lottery::test {
namespace {

/// The settings, all at their defaults but these.
ServiceSettings read(const std::map<std::string, std::string>& values = {}) {
  Poco::AutoPtr<Poco::Util::MapConfiguration> configuration(new Poco::Util::MapConfiguration);
  for (const Setting& setting : service_setting_list()) {
    configuration->setString(setting.key, setting.default_value);
  }
  for (const auto& [key, value] : values) configuration->setString(key, value);
  return read_service_settings(*configuration);
}

/// What is said of this value; empty where it is taken.
std::string refusal(const std::string& key, const std::string& value) {
  try {
    read({{key, value}});
    return {};
  } catch (const SettingsError& error) {
    return error.what();
  }
}

std::vector<std::int32_t> ids(const std::string& text) {
  std::vector<std::int32_t> found;
  for (const AgencyId agency : read({{"lottery.agencies", text}}).terms.agencies) {
    found.push_back(agency.value);
  }
  return found;
}

TEST(ServiceSettings, HaveTheseDefaults) {
  const ServiceSettings settings = read();
  EXPECT_EQ(settings.address.toString(), "0.0.0.0:12345");
  EXPECT_EQ(settings.limits.backlog, 64);
  EXPECT_EQ(settings.limits.connections_max, 1024);
  EXPECT_EQ(settings.limits.idle_timeout, std::chrono::seconds(60));
  EXPECT_EQ(settings.limits.message_bytes_max, 65536U);
  EXPECT_EQ(ids("5"), (std::vector<std::int32_t>{1, 2, 3, 4, 5}));
  EXPECT_EQ(settings.terms.agencies.size(), 5U);
  EXPECT_EQ(settings.terms.winning_number, 7574);
  EXPECT_EQ(settings.storage_path, "var/bets.db");
}

TEST(ServiceSettings, EachGoesWhereItBelongs) {
  const ServiceSettings settings = read({{"service.host", "127.0.0.1"},
                                         {"service.port", "1"},
                                         {"service.backlog", "2"},
                                         {"service.max_connections", "3"},
                                         {"service.idle_timeout_seconds", "4"},
                                         {"service.max_message_bytes", "500"},
                                         {"lottery.agencies", "6,7"},
                                         {"lottery.winning_number", "8"},
                                         {"storage.path", "nine"}});
  EXPECT_EQ(settings.address.toString(), "127.0.0.1:1");
  EXPECT_EQ(settings.limits.backlog, 2);
  EXPECT_EQ(settings.limits.connections_max, 3);
  EXPECT_EQ(settings.limits.idle_timeout, std::chrono::seconds(4));
  EXPECT_EQ(settings.limits.message_bytes_max, 500U);
  EXPECT_EQ(settings.terms.agencies, (std::vector<AgencyId>{AgencyId{6}, AgencyId{7}}));
  EXPECT_EQ(settings.terms.winning_number, 8);
  EXPECT_EQ(settings.storage_path, "nine");
}

TEST(ServiceSettings, AreTakenWithinTheirRangesAndRefusedOutsideByTheirKey) {
  struct Range {
    std::string key;
    std::int64_t min;
    std::int64_t max;
  };
  const std::vector<Range> ranges{
      {"service.port", 0, 65535},
      {"service.backlog", 1, 65535},
      {"service.max_connections", 1, 10'000},
      {"service.idle_timeout_seconds", 1, 86'400},
      {"service.max_message_bytes", 256, 16'777'216},
      {"lottery.agencies", 1, 10'000},
      {"lottery.winning_number", 0, 2'147'483'647},
  };
  for (const auto& [key, min, max] : ranges) {
    SCOPED_TRACE(key);
    EXPECT_EQ(refusal(key, std::to_string(min)), "");
    EXPECT_EQ(refusal(key, std::to_string(max)), "");
    for (const std::string& bad :
         {std::to_string(min - 1), std::to_string(max + 1), std::string(), std::string("x"),
          std::string("0").append(std::to_string(max))}) {
      EXPECT_EQ(refusal(key, bad), key + ": '" + bad + "' is not a whole number from " +
                                       std::to_string(min) + " to " + std::to_string(max));
    }
  }
}

TEST(ServiceSettings, TakeACountOfAgenciesForTheIdsFrom1) {
  EXPECT_EQ(ids("1"), (std::vector<std::int32_t>{1}));
  EXPECT_EQ(ids("3"), (std::vector<std::int32_t>{1, 2, 3}));
  std::vector<std::int32_t> most(10'000);
  std::iota(most.begin(), most.end(), 1);
  EXPECT_EQ(ids("10000"), most);
}

TEST(ServiceSettings, TakeAListOfAgenciesAsItStands) {
  EXPECT_EQ(ids("1,2,7"), (std::vector<std::int32_t>{1, 2, 7}));
  EXPECT_EQ(ids("7, 2 ,0"), (std::vector<std::int32_t>{7, 2, 0}));
  EXPECT_EQ(ids("2147483647,1"), (std::vector<std::int32_t>{2147483647, 1}));
}

TEST(ServiceSettings, RefuseAListOfAgenciesWithAnIdThatIsBadOrThereTwice) {
  for (const std::string list :
       {"1,", ",1", "1,,2", ",", "1,2,1", "1,x", "1,-2", "1,+2", "1,02", "1,2147483648", "1;2,3"}) {
    EXPECT_EQ(refusal("lottery.agencies", list),
              "lottery.agencies: '" + list +
                  "' is not a count, or ids with commas between and none of them twice");
  }
}

TEST(ServiceSettings, RefuseAListOfMoreThan10000Agencies) {
  std::string list = "1";
  for (int id = 2; id <= 10'000; ++id) list.append(",").append(std::to_string(id));
  EXPECT_EQ(refusal("lottery.agencies", list), "");
  const std::string problem = refusal("lottery.agencies", list + ",10001");
  EXPECT_TRUE(problem.starts_with("lottery.agencies: ")) << problem;
  EXPECT_TRUE(problem.ends_with("is not a list of at most 10000")) << problem;
}

TEST(ServiceSettings, RefuseAHostThatIsNone) {
  for (const std::string host : {"", "a..b"}) {
    EXPECT_EQ(refusal("service.host", host),
              "service.host: '" + host + "' is not the address of a host");
  }
}

TEST(ServiceSettings, RefuseToStoreNowhere) {
  EXPECT_EQ(refusal("storage.path", ""), "storage.path: '' is not the path of a file");
}

}  // namespace
}  // namespace lottery::test
