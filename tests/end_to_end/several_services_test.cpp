// Several services on one PostgreSQL database, and an agency that has the addresses of all of them.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "network/deadline.h"
#include "service/storage/postgresql/connection.h"
#include "tests/support/bets.h"
#include "tests/support/postgresql_server.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

class SeveralServices : public testing::Test {
 protected:
  std::unique_ptr<ServiceProcess> start_service(const std::string& name) const {
    const auto folder = folder_ / name;
    std::filesystem::create_directory(folder);
    return std::make_unique<ServiceProcess>(
        folder, std::vector<std::string>{"--lottery.agencies=1", "--storage.engine=postgresql",
                                         "--storage.postgresql.connection=" + database_});
  }

  static std::string address_of(ServiceProcess& service) {
    return "127.0.0.1:" + std::to_string(service.port());
  }

  std::string in_database(const char* query) const {
    const std::atomic<bool> is_over = false;
    const Deadline deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    postgresql::Connection connection(database_, is_over, deadline);
    const auto rows = connection.query(query, deadline);
    return std::string(rows.text(0, 0));
  }

  /// This signal ends the agency's service in the middle of the upload.
  void expect_each_bet_stored_once_after(int signal) {
    constexpr int bets = 20'000;
    const auto file = sample_bets(folder_.path(), 1, bets);
    auto first = start_service("first");
    const auto second = start_service("second");
    const std::string first_address = address_of(*first);
    const std::string second_address = address_of(*second);
    const std::vector<std::string> arguments{
        "--agency.bets=" + file.string(),
        "--service.address=" + first_address + ", " + second_address, "--batch.max_bets=10"};

    Process client(AGENCY_CLIENT_PROGRAM, arguments, folder_ / "client.log");
    client.wait_for_output("action: apuesta_enviada | result: success");
    first->signal(signal);
    EXPECT_EQ(client.wait(), 0) << client.errors();

    const std::string log = client.output();
    EXPECT_NE(log.find("action: connect | result: fail | address: " + first_address + " | error: "),
              std::string::npos)
        << log;
    EXPECT_NE(log.find(" | next_address: " + second_address + " | retry_in_ms: 0\n"),
              std::string::npos)
        << log;
    EXPECT_EQ(log.find("address: " + second_address + " | error"), std::string::npos) << log;
    EXPECT_EQ(in_database("SELECT count(*) FROM bets"), std::to_string(bets));
    EXPECT_EQ(in_database("SELECT sum(bets) FROM batches"), std::to_string(bets));

    // The first service is still down. The second one compares the whole file with the books.
    Process again(AGENCY_CLIENT_PROGRAM, arguments, folder_ / "again.log");
    EXPECT_EQ(again.wait(), 0) << again.errors();
    EXPECT_NE(again.output().find("already_stored: " + std::to_string(bets)), std::string::npos)
        << again.output();
    EXPECT_EQ(second->stop(), 0);
  }

  TemporaryFolder folder_;
  std::string database_ = postgresql_server().new_database();
};

TEST_F(SeveralServices, StoreEachBetOnceIfTheAgencysServiceIsKilledInTheMiddleOfTheUpload) {
  expect_each_bet_stored_once_after(SIGKILL);
}

TEST_F(SeveralServices, StoreEachBetOnceIfTheAgencysServiceIsStoppedInTheMiddleOfTheUpload) {
  expect_each_bet_stored_once_after(SIGTERM);
}

}  // namespace
}  // namespace lottery::test
