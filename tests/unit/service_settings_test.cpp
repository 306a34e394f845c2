#include "service/service_settings.h"

#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "tests/support/loaded_settings.h"

namespace lottery::test {
namespace {

const std::string on_command_line = " (the value is from the command line)";

/// Reads settings that have their defaults, except for these.
ServiceSettings read(const std::map<std::string, std::string>& values = {}) {
  return read_service_settings(*loaded_settings(service_setting_list(), values));
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

std::vector<std::int32_t> ids(const std::string& text) {
  std::vector<std::int32_t> found;
  for (const AgencyId agency : read({{"lottery.agencies", text}}).terms.agencies) {
    found.push_back(agency.value);
  }
  return found;
}

TEST(ServiceSettings, HaveTheseDefaults) {
  const ServiceSettings settings = read();
  EXPECT_EQ(settings.host.toString(), "0.0.0.0");
  EXPECT_EQ(settings.port, 12345);
  EXPECT_EQ(settings.single_bet_port, std::nullopt);
  EXPECT_EQ(settings.limits.backlog, 64);
  EXPECT_EQ(settings.limits.connections_max, 1024);
  EXPECT_EQ(settings.limits.connections_per_address_max, 768);
  EXPECT_EQ(settings.limits.idle_timeout, std::chrono::seconds(60));
  EXPECT_EQ(settings.limits.message_bytes_max, 65536U);
  EXPECT_EQ(ids("5"), (std::vector<std::int32_t>{1, 2, 3, 4, 5}));
  EXPECT_EQ(settings.terms.agencies.size(), 5U);
  EXPECT_EQ(settings.terms.winning_number, 7574);
  EXPECT_EQ(settings.storage.path, "var/bets.db");
}

TEST(ServiceSettings, EachGoesWhereItBelongs) {
  const ServiceSettings settings = read({{"service.host", "127.0.0.1"},
                                         {"service.port", "1"},
                                         {"service.single_bet_port", "10"},
                                         {"service.backlog", "2"},
                                         {"service.max_connections", "3"},
                                         {"service.max_connections_per_address", "11"},
                                         {"service.idle_timeout_seconds", "4"},
                                         {"service.max_message_bytes", "500"},
                                         {"lottery.agencies", "6,7"},
                                         {"lottery.winning_number", "8"},
                                         {"storage.path", "nine"}});
  EXPECT_EQ(settings.host.toString(), "127.0.0.1");
  EXPECT_EQ(settings.port, 1);
  EXPECT_EQ(settings.single_bet_port, 10);
  EXPECT_EQ(settings.limits.backlog, 2);
  EXPECT_EQ(settings.limits.connections_max, 3);
  EXPECT_EQ(settings.limits.connections_per_address_max, 11);
  EXPECT_EQ(settings.limits.idle_timeout, std::chrono::seconds(4));
  EXPECT_EQ(settings.limits.message_bytes_max, 500U);
  EXPECT_EQ(settings.terms.agencies, (std::vector<AgencyId>{AgencyId{6}, AgencyId{7}}));
  EXPECT_EQ(settings.terms.winning_number, 8);
  EXPECT_EQ(settings.storage.path, "nine");
}

TEST(ServiceSettings, AreTakenWithinTheirRangesAndRefusedOutsideByTheirKey) {
  struct Range {
    std::string key;
    std::int64_t min;
    std::int64_t max;
  };
  const std::vector<Range> ranges{
      {"service.backlog", 1, 65535},
      {"service.max_connections", 1, 10'000},
      {"service.idle_timeout_seconds", 1, 86'400},
      {"service.max_message_bytes", 256, 16'777'216},
      {"lottery.agencies", 1, 10'000},
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

TEST(ServiceSettings, GiveOneAddressThreeQuartersOfAllConnectionsButNotAll) {
  for (const auto& [all, of_one] : std::vector<std::pair<std::string, int>>{
           {"1", 1}, {"2", 1}, {"3", 2}, {"4", 3}, {"5", 4}, {"10000", 7500}}) {
    const ServiceSettings settings =
        read({{"service.max_connections", all}, {"service.max_connections_per_address", ""}});
    EXPECT_EQ(settings.limits.connections_per_address_max, of_one) << all;
  }
  const std::string key = "service.max_connections_per_address";
  EXPECT_EQ(refusal(key, "0"),
            key + ": '0' is not a whole number from 1 to 10000" + on_command_line);
}

TEST(ServiceSettings, TakeAnyWinningNumberAndNeverTellIt) {
  for (const std::string number : {"0", "2147483647"}) {
    EXPECT_EQ(refusal("lottery.winning_number", number), "");
  }
  for (const std::string number : {"-1", "2147483648", "", "x"}) {
    EXPECT_EQ(refusal("lottery.winning_number", number),
              "lottery.winning_number: the value is not a whole number from 0 to 2147483647" +
                  on_command_line);
  }
  for (const Setting& setting : service_setting_list()) {
    const bool is_secret =
        setting.key == "lottery.winning_number" || setting.key == "storage.postgresql.connection";
    EXPECT_EQ(setting.telling == Telling::secret, is_secret) << setting.key;
  }
}

TEST(ServiceSettings, ChooseTheEngine) {
  EXPECT_EQ(read().storage.engine, StorageEngine::sqlite);
  const ServiceSettings settings = read({{"storage.engine", "postgresql"},
                                         {"storage.postgresql.connection", "host=a,b dbname=x"},
                                         {"storage.postgresql.connections", "3"},
                                         {"storage.postgresql.synchronous_replicas", "2"}});
  EXPECT_EQ(settings.storage.engine, StorageEngine::postgresql);
  EXPECT_EQ(settings.storage.postgresql.connection, "host=a,b dbname=x");
  EXPECT_EQ(settings.storage.postgresql.connections_max, 3);
  EXPECT_EQ(settings.storage.postgresql.synchronous_replicas, 2);
  EXPECT_EQ(refusal("storage.engine", "mysql"),
            "storage.engine: 'mysql' is not sqlite or postgresql" + on_command_line);
  EXPECT_EQ(refusal("storage.engine", "postgresql"),
            "storage.postgresql.connection: the value is empty, but storage.engine = postgresql "
            "needs it");
  EXPECT_EQ(refusal("storage.postgresql.connection", "host=a password geheim"),
            "storage.postgresql.connection: the value is not a libpq connection string, such as "
            "host=db1,db2 dbname=lottery user=lottery, and not a URI" +
                on_command_line);
}

TEST(ServiceSettings, ChooseAPortForTheStatusPageOrNone) {
  EXPECT_EQ(read().status.port, 12346);
  EXPECT_FALSE(read().status.port_is_chosen);
  EXPECT_TRUE(read({{"status.port", "12346"}}).status.port_is_chosen);
  EXPECT_EQ(read({{"status.port", "none"}}).status.port, std::nullopt);
  EXPECT_EQ(refusal("status.port", "12345"),
            "status.port: '12345' is also the port of service.port; each needs a port of its own" +
                on_command_line);
  EXPECT_EQ(refusal("service.port", "12346"), "") << "the status page gives way";
}

TEST(ServiceSettings, TakeANumberAnyOrNoneForEachPort) {
  EXPECT_EQ(read({{"service.port", "any"}}).port, 0);
  EXPECT_EQ(read({{"service.single_bet_port", "any"}}).single_bet_port, 0);
  const ServiceSettings single_bets =
      read({{"service.port", "none"}, {"service.single_bet_port", "12345"}});
  EXPECT_EQ(single_bets.port, std::nullopt);
  EXPECT_EQ(single_bets.single_bet_port, 12345);
  for (const std::string key : {"service.port", "service.single_bet_port"}) {
    EXPECT_EQ(refusal(key, "0"),
              key + ": '0' is not a port: write 'any' for a free port, or 'none' for no port" +
                  on_command_line);
  }
}

TEST(ServiceSettings, RefuseTheSamePortTwiceAndNameBothKeys) {
  EXPECT_EQ(
      refusal("service.single_bet_port", "12345"),
      "service.single_bet_port: '12345' is also the port of service.port; each needs a port of "
      "its own" +
          on_command_line);
  EXPECT_NO_THROW(read({{"service.port", "any"}, {"service.single_bet_port", "any"}}));
}

TEST(ServiceSettings, RefuseToListenOnNoPort) {
  EXPECT_EQ(refusal("service.port", "none"),
            "service.port: 'none' leaves the service without a port, because service.tls.port and "
            "service.single_bet_port are none, too" +
                on_command_line);
}

TEST(ServiceSettings, HaveAStoragePathThatIsReadWithoutTheOthers) {
  const auto configuration = loaded_settings(
      service_setting_list(), {{"service.port", "bad"}, {"storage.path", "some.db"}});
  EXPECT_EQ(read_storage_settings(*configuration).path, "some.db");
  EXPECT_THROW(
      read_storage_settings(*loaded_settings(service_setting_list(), {{"storage.path", "~/x"}})),
      SettingsError);
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
  EXPECT_EQ(ids("7,"), (std::vector<std::int32_t>{7}));
  EXPECT_EQ(ids("0 ,"), (std::vector<std::int32_t>{0}));
  EXPECT_EQ(ids("7, 2 ,0"), (std::vector<std::int32_t>{7, 2, 0}));
  EXPECT_EQ(ids("2147483647,1"), (std::vector<std::int32_t>{2147483647, 1}));
}

TEST(ServiceSettings, RefuseAListOfAgenciesWithAnIdThatIsBadOrThereTwice) {
  for (const std::string list : {"1,,", "1,2,", ",1", "1,,2", ",", "x,", "1,2,1", "1,x", "1,-2",
                                 "1,+2", "1,02", "1,2147483648", "1;2,3"}) {
    EXPECT_EQ(refusal("lottery.agencies", list),
              "lottery.agencies: '" + list +
                  "' is neither a count nor a list of different ids, separated by commas" +
                  on_command_line);
  }
}

TEST(ServiceSettings, RefuseAListOfMoreThan10000Agencies) {
  std::string list = "1";
  for (int id = 2; id <= 10'000; ++id) list.append(",").append(std::to_string(id));
  EXPECT_EQ(refusal("lottery.agencies", list), "");
  const std::string problem = refusal("lottery.agencies", list + ",10001");
  EXPECT_TRUE(problem.starts_with("lottery.agencies: ")) << problem;
  EXPECT_TRUE(problem.ends_with("has more than 10000 agencies" + on_command_line)) << problem;
}

TEST(ServiceSettings, RefuseAHostThatIsNone) {
  const std::string problem = "is not the address of a host";
  for (const auto& [host, hint] : std::map<std::string, std::string>{
           {"", ""},
           {"a..b", ""},
           {"http://127.0.0.1", ": leave out http://"},
           {"127.0.0.1:12345", ": the port has a key of its own, service.port"},
           {"[::1]", ": leave out the brackets"}}) {
    EXPECT_EQ(refusal("service.host", host),
              "service.host: '" + host + "' " + problem + hint + on_command_line);
  }
  EXPECT_EQ(read({{"service.host", "::1"}}).host.toString(), "::1");
}

TEST(ServiceSettings, RefuseToStoreNowhere) {
  EXPECT_EQ(refusal("storage.path", ""),
            "storage.path: '' is not the path of a file" + on_command_line);
}

}  // namespace
}  // namespace lottery::test
